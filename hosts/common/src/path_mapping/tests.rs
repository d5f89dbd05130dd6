use super::*;
use proptest::prelude::*;

fn mappings(pairs: &[(&str, &str)]) -> PathMappings {
    PathMappings::new(
        pairs
            .iter()
            .map(|&(local, remote)| (local.to_owned(), remote.to_owned())),
        "/srv/app",
    )
}

/// Both directions at once, for pairs of paths without spelling to be tidied.
fn assert_maps(pairs: &[(&str, &str)], local: &str, remote: &str) {
    let mappings = mappings(pairs);
    assert_eq!(mappings.to_remote(local), remote, "to_remote({local:?}) with {pairs:?}");
    assert_eq!(mappings.to_local(remote), local, "to_local({remote:?}) with {pairs:?}");
}

#[test]
fn a_dot_is_the_working_directory() {
    let seed = [("/home/me/project", ".")];
    assert_maps(&seed, "/home/me/project/pkg/mod.py", "/srv/app/pkg/mod.py");
    assert_maps(&seed, "/home/me/project", "/srv/app");
    assert_maps(&[("/home/me", "./")], "/home/me/a.py", "/srv/app/a.py");
    assert_maps(&[("/home/me", "sub/dir")], "/home/me/a.py", "/srv/app/sub/dir/a.py");
    assert_maps(&[("/home/me", "../other")], "/home/me/a.py", "/srv/other/a.py");
}

#[test]
fn only_whole_components_match() {
    let mappings = mappings(&[("/x", "/r")]);
    assert_eq!(mappings.to_remote("/x/y"), "/r/y");
    assert!(matches!(mappings.to_remote("/xy"), Cow::Borrowed("/xy")));
    assert!(matches!(mappings.to_remote("/xy/x"), Cow::Borrowed("/xy/x")));
    assert!(matches!(mappings.to_remote("/"), Cow::Borrowed("/")));
}

#[test]
fn the_longest_root_wins_in_each_direction() {
    let pairs = [("/p", "/srv"), ("/p/lib", "/usr/share/lib"), ("/q", "/srv/q")];
    assert_maps(&pairs, "/p/a.py", "/srv/a.py");
    assert_maps(&pairs, "/p/lib/a.py", "/usr/share/lib/a.py");
    assert_maps(&pairs, "/q/a.py", "/srv/q/a.py");
}

#[test]
fn among_equal_roots_the_first_wins() {
    let mappings = mappings(&[("/a", "/r"), ("/b", "/r"), ("/a", "/s")]);
    assert_eq!(mappings.to_local("/r/x"), "/a/x");
    assert_eq!(mappings.to_remote("/a/x"), "/r/x");
}

#[test]
fn a_client_on_windows() {
    let pairs = [(r"C:\Work\App", "/srv/app")];
    assert_maps(&pairs, r"C:\Work\App\pkg\mod.py", "/srv/app/pkg/mod.py");
    let mappings = mappings(&pairs);
    assert_eq!(mappings.to_remote(r"c:\work\app\Pkg\Mod.py"), "/srv/app/Pkg/Mod.py");
    assert_eq!(mappings.to_remote("c:/Work/App/pkg/mod.py"), "/srv/app/pkg/mod.py");
    assert!(matches!(mappings.to_remote(r"D:\Work\App\a.py"), Cow::Borrowed(_)));
    assert!(matches!(mappings.to_remote(r"C:\Work\Apps\a.py"), Cow::Borrowed(_)));
}

#[test]
fn a_whole_drive_or_a_share_as_root() {
    assert_maps(&[(r"C:\", "/mnt/c")], r"C:\a\b.py", "/mnt/c/a/b.py");
    assert_maps(&[("C:", "/mnt/c")], r"C:\a\b.py", "/mnt/c/a/b.py");
    assert_maps(&[(r"C:\", "/mnt/c")], r"C:\", "/mnt/c");
    assert_maps(&[(r"\\nas\code", "/code")], r"\\nas\code\a.py", "/code/a.py");
}

#[test]
fn a_debuggee_on_windows() {
    let mappings = PathMappings::new([("/home/me".into(), ".".into())], r"D:\srv\app");
    assert_eq!(mappings.to_remote("/home/me/a/b.py"), r"D:\srv\app\a\b.py");
    assert_eq!(mappings.to_local(r"d:\SRV\app\a\b.py"), "/home/me/a/b.py");
}

#[test]
fn a_backslash_is_a_letter_where_paths_begin_with_a_slash() {
    assert_maps(&[("/p", "/r")], r"/p/a\b.py", r"/r/a\b.py");
    assert!(matches!(
        mappings(&[("/p", "/r")]).to_remote(r"/p\a.py"),
        Cow::Borrowed(_)
    ));
}

#[test]
fn the_top_as_root() {
    assert_maps(&[("/", "/host")], "/etc/x.py", "/host/etc/x.py");
    assert_maps(&[("/work", "/")], "/work/x.py", "/x.py");
    assert_maps(&[("/work", "/")], "/work", "/");
}

#[test]
fn spelling_is_resolved_by_the_text() {
    let mappings = mappings(&[("/p/", "/r//s/./"), ("/t/u/..", "/v/")]);
    assert_eq!(mappings.to_remote("/p//a/./b/../c.py"), "/r/s/a/c.py");
    assert_eq!(mappings.to_remote("/x/../p/a.py"), "/r/s/a.py");
    assert_eq!(mappings.to_remote("/../p/a.py"), "/r/s/a.py");
    assert_eq!(mappings.to_remote("//p/a.py"), "/r/s/a.py");
    assert_eq!(mappings.to_remote("/t/a.py"), "/v/a.py");
    assert!(matches!(mappings.to_remote("/p/../q.py"), Cow::Borrowed("/p/../q.py")));
}

#[test]
fn what_is_no_absolute_path_stays() {
    let mappings = mappings(&[("/p", "/r"), ("/", "/r")]);
    for text in [
        "",
        "a.py",
        "./a.py",
        "<string>",
        "<frozen os>",
        "c:relative.py",
        "untitled:Untitled-1",
        r"\\nas",
    ] {
        assert!(
            matches!(mappings.to_remote(text), Cow::Borrowed(same) if same == text),
            "{text:?}"
        );
    }
}

#[test]
fn pairs_with_nothing_to_map_are_left_out() {
    assert!(mappings(&[("", "/r"), ("/p", ""), ("/p", "  "), ("relative", "/r")]).is_empty());
    assert!(PathMappings::new([("/p".into(), ".".into())], "").is_empty());
    assert!(PathMappings::default().is_empty());
}

proptest! {
    #[test]
    fn any_text_is_answered(root in "[a-c/\\\\:. é]{0,8}", path in "[a-c/\\\\:. é]{0,12}") {
        let mappings = PathMappings::new([(root.clone(), "/r".into()), ("/l".into(), root.clone())], "/w");
        let remote = mappings.to_remote(&path);
        prop_assert!(mappings.to_local(&remote).len() <= path.len() + root.len() + 12);
    }

    #[test]
    fn there_and_back_is_the_same_path(
        local in "(/[ab]{1,2}){0,3}", remote in "(/[ab]{1,2}){0,3}", rest in "(/[ab]{1,2}){1,3}"
    ) {
        let mappings = PathMappings::new([(format!("{local}/"), format!("{remote}/"))], "/w");
        let path = format!("{local}{rest}");
        let remote = mappings.to_remote(&path);
        prop_assert_eq!(mappings.to_local(&remote), path.as_str());
    }
}
