//! Names of elements as this importer spells them: by namespace where it is known, else by prefix, in lower case.
//!
//! Knows nothing of what the elements mean. Feeds declare namespaces wrongly or not at all, and case is not kept
//! either; so a well-known URI and a well-known prefix say the same, and URIs differ by scheme or a slash at no cost.

/// The namespaces, without scheme and without `/` or `#` at the end, and the prefix by which each is known here.
///
/// `atom` and the empty one are what feeds themselves are written in.
const NAMESPACES: [(&str, &str); 27] = [
    ("www.w3.org/2005/atom", "atom"),
    ("purl.org/atom/ns", "atom"),
    ("purl.org/rss/1.0", ""),
    ("my.netscape.com/rdf/simple/0.9", ""),
    ("channel.netscape.com/rdf/simple/0.9", ""),
    ("backend.userland.com/rss2", ""),
    ("backend.userland.com/rss", ""),
    ("blogs.law.harvard.edu/tech/rss", ""),
    ("www.w3.org/1999/02/22-rdf-syntax-ns", "rdf"),
    ("purl.org/rss/1.0/modules/content", "content"),
    ("purl.org/dc/elements/1.1", "dc"),
    ("purl.org/dc/elements/1.0", "dc"),
    ("purl.org/dc/terms", "dcterms"),
    ("search.yahoo.com/mrss", "media"),
    ("www.itunes.com/dtds/podcast-1.0.dtd", "itunes"),
    ("rssnamespace.org/feedburner/ext/1.0", "feedburner"),
    ("www.w3.org/1999/xhtml", "xhtml"),
    ("wordpress.org/export/1.0", "wp"),
    ("wordpress.org/export/1.1", "wp"),
    ("wordpress.org/export/1.2", "wp"),
    ("wordpress.org/export/1.0/excerpt", "excerpt"),
    ("wordpress.org/export/1.1/excerpt", "excerpt"),
    ("wordpress.org/export/1.2/excerpt", "excerpt"),
    ("www.w3.org/xml/1998/namespace", "xml"),
    ("www.w3.org/2007/app", "app"),
    ("purl.org/atom/app", "app"),
    ("schemas.google.com/blogger/2018", "blogger"),
];

/// The most declarations that are remembered at a time, and the longest prefix, in bytes.
const MAX_DECLARED: usize = 256;
const MAX_PREFIX: usize = 64;

/// The prefix by which a namespace is known here.
fn known(uri: &str) -> Option<&'static str> {
    let uri = uri.trim().to_ascii_lowercase();
    let uri = uri.strip_prefix("http://").or(uri.strip_prefix("https://")).unwrap_or(&uri);
    let uri = uri.trim_end_matches(['/', '#', '=']);
    NAMESPACES.iter().find(|(name, _)| *name == uri).map(|(_, prefix)| *prefix)
}

/// The declarations in scope.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// The depth of the element that declares, the prefix in lower case, and what its URI is known as.
    declared: Vec<(usize, String, Option<&'static str>)>,
}

impl Names {
    /// Forgets what elements at this depth or below it declared.
    pub(super) fn leave(&mut self, depth: usize) {
        while self.declared.last().is_some_and(|(at, ..)| *at >= depth) {
            self.declared.pop();
        }
    }

    /// Takes an attribute of an element at this depth, if it is a declaration.
    pub(super) fn declare(&mut self, depth: usize, attribute: &str, uri: &str) -> bool {
        let prefix = match attribute.strip_prefix("xmlns") {
            Some("") => "",
            Some(prefix) if prefix.starts_with(':') => &prefix[1..],
            _ => return false,
        };
        if self.declared.len() < MAX_DECLARED && prefix.len() <= MAX_PREFIX {
            self.declared.push((depth, prefix.to_ascii_lowercase(), known(uri)));
        }
        true
    }

    /// The name of an element: `title`, `content:encoded`. `home` is what the feed itself is written in.
    pub(super) fn resolve(&self, name: &str, home: &str) -> String {
        let name = name.to_ascii_lowercase();
        let (prefix, local) = name.split_once(':').unwrap_or(("", &name));
        let declared = self.declared.iter().rev().find(|(_, declared, _)| declared == prefix);
        let known = declared.and_then(|(.., known)| *known);
        let prefix = match known {
            // A default namespace of another kind of feed is a mistake.
            Some("" | "atom") if prefix.is_empty() => "",
            Some(known) => known,
            None => prefix,
        };
        if prefix.is_empty() || prefix == home { local.to_owned() } else { format!("{prefix}:{local}") }
    }
}

/// Elements of an item that hold text alone: another one within such a one shows that its end tag is missing.
const LEAVES: [&str; 16] = [
    "title",
    "link",
    "guid",
    "pubdate",
    "description",
    "category",
    "comments",
    "id",
    "updated",
    "published",
    "issued",
    "modified",
    "dc:creator",
    "dc:date",
    "dc:subject",
    "content:encoded",
];

/// Whether an element is one of those.
pub(super) fn is_leaf(name: &str) -> bool {
    LEAVES.contains(&name)
}

/// Whether an element of HTML has no end tag. (`link` and `source` have one in feeds.)
pub(super) fn is_void(name: &str) -> bool {
    matches!(name.rsplit(':').next(), Some("br" | "hr" | "img" | "wbr" | "input"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(declared: &[(&str, &str)]) -> Names {
        let mut names = Names::default();
        declared.iter().for_each(|(name, uri)| assert!(names.declare(1, name, uri), "{name}"));
        names
    }

    #[test]
    fn a_namespace_is_known_by_its_uri_whatever_its_prefix() {
        let names = names(&[
            ("xmlns:c", "http://purl.org/rss/1.0/modules/content/"),
            ("xmlns:a", "http://www.w3.org/2005/Atom"),
        ]);
        assert_eq!(names.resolve("c:Encoded", ""), "content:encoded");
        assert_eq!((names.resolve("a:link", ""), names.resolve("a:link", "atom")), ("atom:link".into(), "link".into()));
    }

    #[test]
    fn an_undeclared_or_misspelt_namespace_is_known_by_its_prefix() {
        let names = names(&[
            ("xmlns:media", "https://search.yahoo.example/"),
            ("xmlns:dc", "https://purl.org/dc/elements/1.1"),
        ]);
        assert_eq!(names.resolve("media:group", ""), "media:group");
        assert_eq!(names.resolve("dc:date", ""), "dc:date");
        assert_eq!(names.resolve("itunes:duration", ""), "itunes:duration");
    }

    #[test]
    fn a_declaration_ends_with_its_element() {
        let mut names = names(&[("xmlns", "http://www.w3.org/1999/xhtml")]);
        assert_eq!(names.resolve("p", "atom"), "xhtml:p");
        names.leave(1);
        assert_eq!(names.resolve("p", "atom"), "p");
    }
}
