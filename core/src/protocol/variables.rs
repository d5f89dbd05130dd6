//! `variables` and `setVariable`.

use crate::json::{Items, Text};

object! {
    /// Arguments of `variables`.
    pub struct VariablesArguments in "Requests_Variables" {
        /// Handle of the scope or variable whose children are wanted.
        variables_reference: i32 = "variablesReference",
        /// Only children of this kind; both if absent.
        filter: Option<VariablesFilter> = "filter",
        /// How many children to leave out.
        start: Option<u32> = "start",
        /// How many children to give; all if absent or 0.
        count: Option<u32> = "count",
        /// How to show values.
        format: Option<ValueFormat> = "format",
    }
}

impl VariablesArguments {
    /// How many children to leave out.
    #[must_use]
    pub fn skip(&self) -> usize {
        usize::try_from(self.start.unwrap_or(0)).unwrap_or(usize::MAX)
    }

    /// How many children to give at most.
    #[must_use]
    pub fn take(&self) -> usize {
        match self.count.unwrap_or(0) {
            0 => usize::MAX,
            count => usize::try_from(count).unwrap_or(usize::MAX),
        }
    }
}

words! {
    /// A kind of children.
    pub enum VariablesFilter in "Requests_Variables" {
        /// Elements, by number.
        Indexed = "indexed",
        /// Members, by name.
        Named = "named",
    }
}

object! {
    /// How to show values.
    pub struct ValueFormat in "Types_ValueFormat" {
        /// In hexadecimal digits.
        hex: bool = "hex" or false,
    }
}

object! {
    /// A variable, an element or a member.
    pub struct Variable<'a> in "Types_Variable" {
        /// Its name.
        name: Text<'a> = "name",
        /// Its value for people.
        value: Text<'a> = "value",
        /// Its type for people.
        r#type: Option<Text<'a>> = "type",
        /// How to show it.
        presentation_hint: Option<VariablePresentationHint<'a>> = "presentationHint",
        /// Expression that gives its value.
        evaluate_name: Option<Text<'a>> = "evaluateName",
        /// Handle for its children; 0 if there are none.
        variables_reference: i32 = "variablesReference",
        /// How many named children it has.
        named_variables: Option<i32> = "namedVariables",
        /// How many indexed children it has.
        indexed_variables: Option<i32> = "indexedVariables",
        /// Where it is in memory.
        memory_reference: Option<Text<'a>> = "memoryReference",
        /// Handle for where it is declared.
        declaration_location_reference: Option<i32> = "declarationLocationReference",
        /// Handle for where its value is declared.
        value_location_reference: Option<i32> = "valueLocationReference",
    }
}

object! {
    /// How to show a variable.
    pub struct VariablePresentationHint<'a> in "Types_VariablePresentationHint" {
        /// What kind it is.
        kind: Option<VariableKind<'a>> = "kind",
        /// What else is to be known of it.
        attributes: Option<Items<'a, VariableAttribute<'a>>> = "attributes",
        /// Who can see it.
        visibility: Option<VariableVisibility<'a>> = "visibility",
        /// Its value is read only when the user asks for it.
        lazy: bool = "lazy" or false,
    }
}

open_words! {
    /// Kinds of variables.
    pub enum VariableKind<'a> in "Types_VariablePresentationHint" {
        /// A property.
        Property = "property",
        /// A method.
        Method = "method",
        /// A class.
        Class = "class",
        /// Data.
        Data = "data",
        /// An event.
        Event = "event",
        /// A base class.
        BaseClass = "baseClass",
        /// An inner class.
        InnerClass = "innerClass",
        /// An interface.
        Interface = "interface",
        /// The most derived class.
        MostDerivedClass = "mostDerivedClass",
        /// Made up by the debugger, such as a group of members.
        Virtual = "virtual",
        /// Carries a data breakpoint.
        DataBreakpoint = "dataBreakpoint",
    }
}

open_words! {
    /// Properties of variables.
    pub enum VariableAttribute<'a> in "Types_VariablePresentationHint" {
        /// Static.
        Static = "static",
        /// Constant.
        Constant = "constant",
        /// Cannot be written.
        ReadOnly = "readOnly",
        /// A string as it is, without quotes and escapes.
        RawString = "rawString",
        /// Has an object identifier.
        HasObjectId = "hasObjectId",
        /// Can have an object identifier.
        CanHaveObjectId = "canHaveObjectId",
        /// Reading it changes something.
        HasSideEffects = "hasSideEffects",
        /// Carries a data breakpoint.
        HasDataBreakpoint = "hasDataBreakpoint",
    }
}

open_words! {
    /// Who can see a variable.
    pub enum VariableVisibility<'a> in "Types_VariablePresentationHint" {
        /// Everyone.
        Public = "public",
        /// Its class.
        Private = "private",
        /// Its class and those derived from it.
        Protected = "protected",
        /// Its package.
        Internal = "internal",
        /// Final.
        Final = "final",
    }
}

object! {
    /// Answer to `variables`.
    pub struct VariablesResponse<'a> in "Requests_Variables" {
        /// The children asked for.
        variables: Items<'a, Variable<'a>> = "variables",
    }
}

object! {
    /// Arguments of `setVariable`.
    pub struct SetVariableArguments<'a> in "Requests_SetVariable" {
        /// Handle of the scope or variable that the variable is a child of.
        variables_reference: i32 = "variablesReference",
        /// Name of the child.
        name: Text<'a> = "name",
        /// Its new value, as the user wrote it.
        value: Text<'a> = "value",
        /// How to show the value.
        format: Option<ValueFormat> = "format",
    }
}

object! {
    /// Answer to `setVariable`.
    pub struct SetVariableResponse<'a> in "Requests_SetVariable" {
        /// The new value for people.
        value: Text<'a> = "value",
        /// Its type for people.
        r#type: Option<Text<'a>> = "type",
        /// Handle for its children; none if absent or 0.
        variables_reference: Option<i32> = "variablesReference",
        /// How many named children it has.
        named_variables: Option<i32> = "namedVariables",
        /// How many indexed children it has.
        indexed_variables: Option<i32> = "indexedVariables",
        /// Where it is in memory.
        memory_reference: Option<Text<'a>> = "memoryReference",
        /// Handle for where its value is declared.
        value_location_reference: Option<i32> = "valueLocationReference",
    }
}
