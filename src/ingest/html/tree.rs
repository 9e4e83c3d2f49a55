//! The tree that the HTML parser builds, with as little in it as cleaning needs, and a count of what building it costs.
//!
//! Nodes are linked to their neighbours, so that none is ever searched for among its siblings, whatever the parser moves
//! (foster parenting, HTML §13.2.6.1, and the adoption agency, §13.2.6.4.7). Knows nothing of limits or of writing.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::StrTendril;
use html5ever::{Attribute, ExpandedName, LocalName, QualName, ns};

use super::elements::{self, Treatment};
use super::source;

/// The cost of a new element, in looks at elements: an article of some length has one for each four bytes at the most.
const ELEMENT: u64 = 96;

/// Where a node is found.
pub(super) type Index = u32;

/// Where everything begins: the document.
pub(super) const ROOT: Index = 0;

/// The content of a node.
#[derive(Debug)]
pub(super) enum Content {
    /// Text.
    Text(StrTendril),
    /// An element, with those of its attributes that may be kept.
    Element(Treatment, Vec<(&'static str, StrTendril)>),
}

#[derive(Debug)]
struct Node {
    content: Content,
    parent: Option<Index>,
    previous: Option<Index>,
    next: Option<Index>,
    first: Option<Index>,
    last: Option<Index>,
}

/// The parser's name for a node.
#[derive(Clone)]
pub(super) struct Handle(Rc<Named>);

struct Named {
    /// Its place in the tree; `None` for what is not kept, such as comments.
    index: Option<Index>,
    name: QualName,
    /// HTML §13.2.6, "HTML integration point".
    integrates: bool,
}

impl Handle {
    fn new(index: Option<Index>, name: QualName, integrates: bool) -> Self {
        Self(Rc::new(Named { index, name, integrates }))
    }

    /// The element's local name.
    pub(super) fn local(&self) -> &LocalName {
        &self.0.name.local
    }
}

/// The tree, while it is being built and after.
pub(super) struct Tree {
    nodes: RefCell<Vec<Node>>,
    document: Handle,
    /// The number of elements.
    pub elements: Cell<usize>,
    /// The number of further looks at elements that the parser may have: each costs it a nanosecond or two.
    pub steps: Cell<u64>,
}

impl Tree {
    /// An empty document, for whose building the parser may have so many looks at elements.
    pub(super) fn new(steps: u64) -> Self {
        let document = Handle::new(Some(ROOT), QualName::new(None, ns!(), LocalName::default()), false);
        let tree = Self { nodes: RefCell::default(), document, elements: Cell::new(0), steps: Cell::new(steps) };
        tree.add(Content::Element(Treatment::Unwrapped, Vec::new()));
        tree
    }

    /// Counts looks at elements.
    pub(super) fn charge(&self, steps: u64) {
        self.steps.set(self.steps.get().saturating_sub(steps));
    }

    /// Looks at a node's content.
    pub(super) fn with<T>(&self, node: Index, look: impl FnOnce(&Content) -> T) -> T {
        look(&self.nodes.borrow()[node as usize].content)
    }

    /// All nodes, in the order of their making.
    pub(super) fn all(&self) -> impl Iterator<Item = Index> + use<> {
        0..self.nodes.borrow().len() as Index
    }

    /// Whether any link in it is like this.
    pub(super) fn any_link(&self, is_like: impl Fn(&str) -> bool) -> bool {
        self.nodes.borrow().iter().any(|node| match &node.content {
            Content::Element(Treatment::Kept(..), own) => {
                own.iter().any(|(name, value)| *name == "href" && is_like(value))
            }
            _ => false,
        })
    }

    /// The text that stands in a node itself.
    pub(super) fn text_in(&self, node: Index) -> String {
        let mut text = String::new();
        let mut next = self.first(node);
        while let Some(node) = next {
            self.with(node, |content| match content {
                Content::Text(own) => text.push_str(own),
                Content::Element(..) => {}
            });
            next = self.next(node);
        }
        text
    }

    /// The first node in a node.
    pub(super) fn first(&self, node: Index) -> Option<Index> {
        self.nodes.borrow()[node as usize].first
    }

    /// The node behind a node.
    pub(super) fn next(&self, node: Index) -> Option<Index> {
        self.nodes.borrow()[node as usize].next
    }

    /// The node that a node stands in.
    pub(super) fn parent(&self, node: Index) -> Option<Index> {
        self.nodes.borrow()[node as usize].parent
    }

    fn add(&self, content: Content) -> Index {
        let mut nodes = self.nodes.borrow_mut();
        let index = Index::try_from(nodes.len()).expect("an article has fewer bytes than there are indices");
        nodes.push(Node { content, parent: None, previous: None, next: None, first: None, last: None });
        index
    }

    /// The node to be put somewhere: an old one from where it is, or a new one.
    fn loose(&self, child: NodeOrText<Handle>) -> Option<Index> {
        match child {
            NodeOrText::AppendText(text) => Some(self.add(Content::Text(text))),
            NodeOrText::AppendNode(node) => {
                let index = node.0.index?;
                self.unlink(index);
                Some(index)
            }
        }
    }

    fn unlink(&self, node: Index) {
        let mut nodes = self.nodes.borrow_mut();
        let own = &mut nodes[node as usize];
        let (parent, previous, next) = (own.parent.take(), own.previous.take(), own.next.take());
        match (previous, parent) {
            (Some(previous), _) => nodes[previous as usize].next = next,
            (None, Some(parent)) => nodes[parent as usize].first = next,
            (None, None) => {}
        }
        match (next, parent) {
            (Some(next), _) => nodes[next as usize].previous = previous,
            (None, Some(parent)) => nodes[parent as usize].last = previous,
            (None, None) => {}
        }
    }

    /// Puts a loose node into `parent`, before `next` or at the end.
    fn link(&self, node: Index, parent: Index, next: Option<Index>) {
        let mut nodes = self.nodes.borrow_mut();
        let previous = match next {
            Some(next) => nodes[next as usize].previous.replace(node),
            None => nodes[parent as usize].last.replace(node),
        };
        match previous {
            Some(previous) => nodes[previous as usize].next = Some(node),
            None => nodes[parent as usize].first = Some(node),
        }
        let own = &mut nodes[node as usize];
        (own.parent, own.previous, own.next) = (Some(parent), previous, next);
    }
}

/// The ids of an element that is unwrapped: links may lead to where it was.
fn ids(name: &QualName, attributes: Vec<Attribute>) -> Vec<(&'static str, StrTendril)> {
    let is_id = |own: &Attribute| name.ns == ns!(html) && &*own.name.local == "id";
    attributes.into_iter().filter(is_id).map(|own| ("id", own.value)).collect()
}

/// The attributes that an element keeps, the source being where it really is.
fn kept(element: &str, listed: &[&'static str], attributes: Vec<Attribute>) -> Vec<(&'static str, StrTendril)> {
    let real = source::real(element, &attributes);
    let own = attributes.into_iter();
    let mut kept: Vec<_> =
        own.filter_map(|own| Some((elements::attribute(element, &own.name.local, listed)?, own.value))).collect();
    if let Some(real) = real {
        match kept.iter_mut().find(|(name, _)| *name == "src") {
            Some((_, source)) => *source = real,
            None => kept.push(("src", real)),
        }
    }
    kept
}

impl TreeSink for Tree {
    type Handle = Handle;
    type Output = Self;
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) -> Self {
        self
    }

    fn get_document(&self) -> Handle {
        self.document.clone()
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> ExpandedName<'a> {
        self.charge(1);
        target.0.name.expanded()
    }

    fn same_node(&self, x: &Handle, y: &Handle) -> bool {
        self.charge(1);
        Rc::ptr_eq(&x.0, &y.0)
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, flags: ElementFlags) -> Handle {
        let treatment = match Treatment::of(&name) {
            // It is there to count its readers, and no loss.
            Treatment::Linked { unwraps } if source::counts_readers(&attributes) => match unwraps {
                true => Treatment::Unwrapped,
                false => Treatment::Dropped,
            },
            treatment => treatment,
        };
        let kept = match treatment {
            Treatment::Kept(element, listed) => kept(element, listed, attributes),
            Treatment::Linked { .. } => {
                source::embedded(&name.local, &attributes).map(|address| ("href", address)).into_iter().collect()
            }
            Treatment::Unwrapped => ids(&name, attributes),
            Treatment::Dropped | Treatment::Twin => Vec::new(),
        };
        self.elements.set(self.elements.get() + 1);
        self.charge(ELEMENT);
        let index = self.add(Content::Element(treatment, kept));
        Handle::new(Some(index), name, flags.mathml_annotation_xml_integration_point)
    }

    fn create_comment(&self, _: StrTendril) -> Handle {
        Handle::new(None, QualName::new(None, ns!(), LocalName::default()), false)
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Handle {
        self.create_comment(StrTendril::new())
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        if let (Some(parent), Some(child)) = (parent.0.index, self.loose(child)) {
            self.link(child, parent, None);
        }
    }

    fn append_before_sibling(&self, sibling: &Handle, child: NodeOrText<Handle>) {
        let parent = sibling.0.index.and_then(|sibling| self.parent(sibling));
        if let (Some(parent), Some(child)) = (parent, self.loose(child)) {
            self.link(child, parent, sibling.0.index);
        }
    }

    fn append_based_on_parent_node(&self, element: &Handle, before: &Handle, child: NodeOrText<Handle>) {
        match element.0.index.and_then(|element| self.parent(element)) {
            Some(_) => self.append_before_sibling(element, child),
            None => self.append(before, child),
        }
    }

    fn remove_from_parent(&self, target: &Handle) {
        if let Some(index) = target.0.index {
            self.unlink(index);
        }
    }

    fn reparent_children(&self, node: &Handle, new_parent: &Handle) {
        let (Some(node), Some(parent)) = (node.0.index, new_parent.0.index) else { return };
        while let Some(child) = self.first(node) {
            self.charge(1);
            self.unlink(child);
            self.link(child, parent, None);
        }
    }

    /// A template goes with all that is in it, so that its contents may stand in it.
    fn get_template_contents(&self, target: &Handle) -> Handle {
        target.clone()
    }

    fn is_mathml_annotation_xml_integration_point(&self, target: &Handle) -> bool {
        target.0.integrates
    }

    /// Further attributes of `html` and `body` are nothing that is kept.
    fn add_attrs_if_missing(&self, _: &Handle, _: Vec<Attribute>) {}

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}
}
