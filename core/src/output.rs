//! Where outgoing bytes go: an append-only buffer whose tail can be taken back.
//!
//! Everything that writes JSON here writes into an [`Output`]. A message is appended piece by piece; when one piece
//! does not fit, the writer truncates to where the message (or the list element) began, so that a reader of
//! [`Output::written`] never sees half of anything.

/// The bytes did not fit. Nothing of them was kept: make room (send what is waiting) and try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl core::fmt::Display for Full {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the output has no room for these bytes")
    }
}

impl core::error::Error for Full {}

/// A buffer that bytes are appended to at the back and taken from at the front.
///
/// Implemented for [`heapless::Vec`] and [`SliceOutput`]; a frontend with a heap implements it for a buffer of its own.
pub trait Output {
    /// Appends all of `bytes`, or nothing.
    ///
    /// # Errors
    ///
    /// [`Full`] when they do not fit; what was written before stays.
    fn push(&mut self, bytes: &[u8]) -> Result<(), Full>;

    /// How many more bytes [`push`](Self::push) takes; `usize::MAX` where only the heap is the limit.
    fn room(&self) -> usize;

    /// Every byte written and not yet consumed.
    fn written(&self) -> &[u8];

    /// The same bytes, to be changed in place.
    fn written_mut(&mut self) -> &mut [u8];

    /// Takes back what stands behind the first `len` bytes. Does nothing when there are not more than `len`.
    fn truncate(&mut self, len: usize);

    /// Drops the first `n` bytes, because they were sent. Drops all when there are fewer.
    fn consume(&mut self, n: usize);
}

impl<const N: usize> Output for heapless::Vec<u8, N> {
    fn push(&mut self, bytes: &[u8]) -> Result<(), Full> {
        self.extend_from_slice(bytes).map_err(|_| Full)
    }

    fn room(&self) -> usize {
        N.saturating_sub(self.len())
    }

    fn written(&self) -> &[u8] {
        self
    }

    fn written_mut(&mut self) -> &mut [u8] {
        self
    }

    fn truncate(&mut self, len: usize) {
        heapless::Vec::truncate(self, len);
    }

    fn consume(&mut self, n: usize) {
        let left = shift_down(self, n);
        heapless::Vec::truncate(self, left);
    }
}

impl<O: Output + ?Sized> Output for &mut O {
    fn push(&mut self, bytes: &[u8]) -> Result<(), Full> {
        (**self).push(bytes)
    }

    fn room(&self) -> usize {
        (**self).room()
    }

    fn written(&self) -> &[u8] {
        (**self).written()
    }

    fn written_mut(&mut self) -> &mut [u8] {
        (**self).written_mut()
    }

    fn truncate(&mut self, len: usize) {
        (**self).truncate(len);
    }

    fn consume(&mut self, n: usize) {
        (**self).consume(n);
    }
}

/// An [`Output`] over a slice that the caller owns.
///
/// ```
/// use dapstub::output::{Output, SliceOutput};
///
/// let mut storage = [0; 8];
/// let mut out = SliceOutput::new(&mut storage);
/// out.push(b"hello")?;
/// assert!(out.push(b"world").is_err());
/// out.consume(3);
/// assert_eq!(out.written(), b"lo");
/// # Ok::<(), dapstub::output::Full>(())
/// ```
#[derive(Debug)]
pub struct SliceOutput<'b> {
    storage: &'b mut [u8],
    len: usize,
}

impl<'b> SliceOutput<'b> {
    /// An empty output that holds at most `storage.len()` bytes.
    pub const fn new(storage: &'b mut [u8]) -> Self {
        Self { storage, len: 0 }
    }
}

impl Output for SliceOutput<'_> {
    fn push(&mut self, bytes: &[u8]) -> Result<(), Full> {
        let free = self.storage.get_mut(self.len..).ok_or(Full)?;
        let (place, _) = free.split_at_mut_checked(bytes.len()).ok_or(Full)?;
        place.copy_from_slice(bytes);
        self.len = self.len.saturating_add(bytes.len());
        Ok(())
    }

    fn room(&self) -> usize {
        self.storage.len().saturating_sub(self.len)
    }

    fn written(&self) -> &[u8] {
        self.storage.get(..self.len).unwrap_or_default()
    }

    fn written_mut(&mut self) -> &mut [u8] {
        self.storage.get_mut(..self.len).unwrap_or_default()
    }

    fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    fn consume(&mut self, n: usize) {
        self.len = shift_down(self.written_mut(), n);
    }
}

/// The part of an [`Output`] behind what it held already, with some bytes kept free at its end.
///
/// Message bodies are written through it: whoever writes one sees only its own bytes, can take back only those, and
/// cannot use up the room that the end of the message needs. [`consume`](Output::consume) does nothing here.
#[derive(Debug)]
pub struct Body<'o, O: Output + ?Sized> {
    out: &'o mut O,
    base: usize,
    reserve: usize,
}

impl<'o, O: Output + ?Sized> Body<'o, O> {
    /// Begins behind what `out` holds now, and keeps `reserve` bytes free.
    pub fn new(out: &'o mut O, reserve: usize) -> Self {
        let base = out.written().len();
        Self::behind(out, base, reserve)
    }

    /// Begins behind the first `base` bytes.
    pub(crate) const fn behind(out: &'o mut O, base: usize, reserve: usize) -> Self {
        Self { out, base, reserve }
    }
}

impl<O: Output + ?Sized> Output for Body<'_, O> {
    fn push(&mut self, bytes: &[u8]) -> Result<(), Full> {
        if bytes.len() > self.room() {
            return Err(Full);
        }
        self.out.push(bytes)
    }

    fn room(&self) -> usize {
        self.out.room().saturating_sub(self.reserve)
    }

    fn written(&self) -> &[u8] {
        self.out.written().get(self.base..).unwrap_or_default()
    }

    fn written_mut(&mut self) -> &mut [u8] {
        self.out.written_mut().get_mut(self.base..).unwrap_or_default()
    }

    fn truncate(&mut self, len: usize) {
        self.out.truncate(self.base.saturating_add(len));
    }

    fn consume(&mut self, _n: usize) {}
}

/// Runs `write`, and takes everything back that it wrote if it fails.
///
/// # Errors
///
/// The error of `write`.
pub fn whole<O: Output + ?Sized, T, E>(out: &mut O, write: impl FnOnce(&mut O) -> Result<T, E>) -> Result<T, E> {
    let start = out.written().len();
    let result = write(out);
    if result.is_err() {
        out.truncate(start);
    }
    result
}

/// Moves the bytes behind the first `n` to the front and says how many there are.
pub(crate) fn shift_down(bytes: &mut [u8], n: usize) -> usize {
    let left = bytes.len().saturating_sub(n);
    move_within(bytes, n, left, 0);
    left
}

/// Moves `count` bytes inside of a slice, which may overlap. Does nothing if they are not all inside.
pub(crate) fn move_within(bytes: &mut [u8], from: usize, count: usize, to: usize) {
    let len = bytes.len();
    // Said in this way, the compiler sees that the checks of `copy_within` cannot fail, and leaves them out.
    if count <= len && from <= len.saturating_sub(count) && to <= len.saturating_sub(count) {
        bytes.copy_within(from..from.saturating_add(count), to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checks(out: &mut impl Output) {
        assert_eq!(out.push(b"0123456789"), Ok(()));
        assert_eq!(out.room(), 6);
        assert_eq!(out.push(b"abcdefg"), Err(Full));
        assert_eq!(out.written(), b"0123456789");
        out.truncate(20);
        out.truncate(8);
        out.consume(3);
        out.written_mut()[0] = b'x';
        assert_eq!(out.written(), b"x4567");
        assert_eq!(out.push(b"abcdefghijk"), Ok(()));
        assert_eq!(out.room(), 0);
        out.consume(100);
        assert_eq!((out.written(), out.room()), (&b""[..], 16));
    }

    #[test]
    fn every_output_behaves_alike() {
        checks(&mut heapless::Vec::<u8, 16>::new());
        checks(&mut &mut heapless::Vec::<u8, 16>::new());
        checks(&mut SliceOutput::new(&mut [0; 16]));
    }

    #[test]
    fn body_sees_and_takes_back_only_its_own() {
        let mut out = heapless::Vec::<u8, 16>::new();
        Output::push(&mut out, b"head").unwrap();
        let mut body = Body::new(&mut out, 4);
        assert_eq!((body.room(), body.written()), (8, &b""[..]));
        assert_eq!(body.push(b"123456789"), Err(Full));
        body.push(b"12345678").unwrap();
        body.consume(3);
        body.truncate(2);
        body.truncate(5);
        body.written_mut()[0] = b'x';
        assert_eq!(body.written(), b"x2");
        body.truncate(0);
        assert_eq!(out, b"head");
    }
}
