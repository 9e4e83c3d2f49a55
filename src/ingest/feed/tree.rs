//! Small trees of elements: one item, or one thing that stands beside the items, held whole.
//!
//! Knows nothing of what elements mean, and reads nothing: its maker bounds it.

use url::Url;

use crate::ingest::link::absolute;
use crate::ingest::text::escape;

/// An element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    /// In lower case, behind the prefix that its namespace is known by, if it is not the feed's own.
    pub name: String,
    /// Its attributes, their names in lower case.
    pub attributes: Vec<(String, String)>,
    /// Its content, in order.
    pub nodes: Vec<Node>,
    /// The line it begins at.
    pub line: u64,
}

/// The content of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// An element.
    Element(Element),
    /// Text, without markup of XML's.
    Text(String),
}

/// Elements of HTML that have no end tag.
const VOID: [&str; 9] = ["area", "br", "col", "embed", "hr", "img", "input", "source", "wbr"];

impl Element {
    /// Adds text at its end.
    pub(super) fn push_text(&mut self, text: &str) {
        match self.nodes.last_mut() {
            Some(Node::Text(last)) => last.push_str(text),
            _ => self.nodes.push(Node::Text(text.to_owned())),
        }
    }

    /// The elements in it that are called so.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements().filter(move |element| element.name == name)
    }

    /// The elements in it.
    pub(super) fn elements(&self) -> impl Iterator<Item = &Element> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first element in it that is called so.
    pub(super) fn first(&self, name: &str) -> Option<&Element> {
        self.elements().find(|element| element.name == name)
    }

    /// The text of the first element that is called so and has any.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        self.all(name).map(Self::text).find(|text| !text.is_empty())
    }

    /// The text of every element that is called so and has any.
    pub(super) fn values(&self, name: &str) -> Vec<String> {
        self.all(name).map(Self::text).filter(|text| !text.is_empty()).collect()
    }

    /// An attribute, if there is anything in it.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let own = self.attributes.iter().find(|(own, _)| own == name);
        own.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// An attribute that is a number.
    pub(super) fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.attribute(name)?.parse().ok()
    }

    /// An attribute that is an address; absolute if the element itself says what it is meant from.
    pub(super) fn address(&self, name: &str, outer: Option<&Url>) -> Option<String> {
        let written = self.attribute(name)?;
        let own = self.own_base(outer).and_then(|base| resolved(Some(&base), written));
        Some(own.map_or_else(|| written.to_owned(), Into::into))
    }

    /// All text in it, without white space at its ends.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        self.gather(&mut text);
        text.trim().to_owned()
    }

    fn gather(&self, into: &mut String) {
        for node in &self.nodes {
            match node {
                Node::Text(text) => into.push_str(text),
                Node::Element(element) => element.gather(into),
            }
        }
    }

    /// Its content as HTML: its text is markup itself; elements that nobody escaped are written out again.
    pub(super) fn markup(&self) -> String {
        let mut html = String::new();
        self.write(&mut html, &|text| text.to_owned());
        html.trim().to_owned()
    }

    /// Its content as HTML, if its text is text.
    pub(super) fn xhtml(&self) -> String {
        let mut html = String::new();
        self.write(&mut html, &|text| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
        html.trim().to_owned()
    }

    fn write(&self, html: &mut String, text: &dyn Fn(&str) -> String) {
        for node in &self.nodes {
            let element = match node {
                Node::Text(own) => {
                    html.push_str(&text(own));
                    continue;
                }
                Node::Element(element) => element,
            };
            let name = element.name.rsplit(':').next().unwrap_or_default();
            html.push('<');
            html.push_str(name);
            for (attribute, value) in &element.attributes {
                html.push_str(&format!(" {attribute}=\"{}\"", escape(value)));
            }
            html.push('>');
            if !VOID.contains(&name) {
                element.write(html, text);
                html.push_str(&format!("</{name}>"));
            }
        }
    }

    /// The base of the links in it, if it or what it stands in names one (XML Base).
    pub(super) fn base(&self, outer: Option<&Url>) -> Option<Url> {
        self.own_base(outer).or_else(|| outer.cloned())
    }

    /// The base that it names itself: it holds for this element, and for none beside it.
    pub(super) fn own_base(&self, outer: Option<&Url>) -> Option<Url> {
        resolved(outer, self.attribute("xml:base")?)
    }
}

/// A link as an absolute address, if it is one or there is a base to it.
pub(super) fn resolved(base: Option<&Url>, link: &str) -> Option<Url> {
    match base {
        Some(base) => Url::parse(&absolute(base, link)?).ok(),
        None => Url::parse(link.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(name: &str, nodes: Vec<Node>) -> Element {
        Element { name: name.to_owned(), nodes, ..Element::default() }
    }

    #[test]
    fn elements_are_written_as_html() {
        let text = |text: &str| Node::Text(text.to_owned());
        let mut image = element("xhtml:img", Vec::new());
        image.attributes.push(("alt".into(), "a \"b\" & c".into()));
        let tree = element("content", vec![Node::Element(element("p", vec![text("1 < 2"), Node::Element(image)]))]);
        assert_eq!(tree.xhtml(), "<p>1 &lt; 2<img alt=\"a &quot;b&quot; &amp; c\"></p>");
        assert_eq!(element("content", vec![text(" <b>盐</b> ")]).markup(), "<b>盐</b>");
        assert_eq!(element("content", vec![Node::Element(element("a", Vec::new()))]).markup(), "<a></a>");
    }

    #[test]
    fn a_base_is_meant_from_the_one_around_it() {
        let outer = Url::parse("https://a.example/blog/").unwrap();
        let mut inner = element("entry", Vec::new());
        inner.attributes.push(("xml:base".into(), "2026/".into()));
        assert_eq!(inner.base(Some(&outer)).unwrap().as_str(), "https://a.example/blog/2026/");
        assert_eq!(inner.base(None), None);
    }
}
