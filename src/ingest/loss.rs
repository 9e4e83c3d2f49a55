//! Parts of an article that could not be kept: counted for a summary, and told one by one if that is asked for.
//!
//! Knows nothing of files or of who is told. An article that loses a part is still taken.

use std::fmt;

/// The most names that one loss lists.
const MAX_NAMES: usize = 8;

/// The kind of a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LossKind {
    /// A picture of which no address is known.
    Picture,
    /// A player, a frame or a recording without an address that a link could lead to.
    Player,
    /// A shortcode of a site generator or of WordPress that nothing here can execute.
    Shortcode,
}

/// Some parts of one kind that an article loses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Their kind.
    pub kind: LossKind,
    /// The number of losses.
    pub count: u64,
    /// Which they are, or why they are lost.
    pub what: String,
}

impl Loss {
    /// The shortcodes of these names, each as often as it stands there; `None` if there are none.
    pub fn shortcodes(names: &[String]) -> Option<Self> {
        let mut distinct: Vec<&str> = Vec::new();
        for name in names {
            if distinct.len() <= MAX_NAMES && !distinct.contains(&name.as_str()) {
                distinct.push(name);
            }
        }
        let more = if distinct.len() > MAX_NAMES { " and others" } else { "" };
        distinct.truncate(MAX_NAMES);
        let what = distinct.join(", ") + more;
        (!names.is_empty()).then_some(Self { kind: LossKind::Shortcode, count: names.len() as u64, what })
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, count, what } = self;
        write!(f, "{} left out: {what}", counted(*kind, *count))
    }
}

/// The losses of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Pictures.
    pub pictures: u64,
    /// Players, frames and recordings.
    pub players: u64,
    /// Shortcodes.
    pub shortcodes: u64,
}

impl Lost {
    /// Counts a loss.
    pub fn add(&mut self, loss: &Loss) {
        let counter = match loss.kind {
            LossKind::Picture => &mut self.pictures,
            LossKind::Player => &mut self.players,
            LossKind::Shortcode => &mut self.shortcodes,
        };
        *counter += loss.count;
    }

    /// Whether nothing was lost.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl std::ops::AddAssign for Lost {
    fn add_assign(&mut self, other: Self) {
        let Self { pictures, players, shortcodes } = other;
        (self.pictures, self.players) = (self.pictures + pictures, self.players + players);
        self.shortcodes += shortcodes;
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = [
            (LossKind::Picture, self.pictures),
            (LossKind::Player, self.players),
            (LossKind::Shortcode, self.shortcodes),
        ];
        let parts: Vec<String> =
            kinds.into_iter().filter(|(_, count)| *count > 0).map(|(kind, count)| counted(kind, count)).collect();
        match parts.split_last() {
            Some((last, [])) => f.write_str(last),
            Some((last, before)) => write!(f, "{} and {last}", before.join(", ")),
            None => f.write_str("nothing"),
        }
    }
}

fn counted(kind: LossKind, count: u64) -> String {
    let name = match kind {
        LossKind::Picture => "picture",
        LossKind::Player => "player",
        LossKind::Shortcode => "shortcode",
    };
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_counted_in_words() {
        let lost = |pictures, players, shortcodes| Lost { pictures, players, shortcodes }.to_string();
        assert_eq!(lost(3, 1, 2), "3 pictures, 1 player and 2 shortcodes");
        assert_eq!(lost(1, 0, 1), "1 picture and 1 shortcode");
        assert_eq!(lost(0, 2, 0), "2 players");
    }

    #[test]
    fn shortcodes_are_named_once_each_and_not_without_end() {
        let names = |all: &[&str]| all.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let loss = Loss::shortcodes(&names(&["tabs", "tab", "tab"])).expect("a loss");
        assert_eq!(loss.to_string(), "3 shortcodes left out: tabs, tab");
        let many: Vec<String> = (0..20).map(|n| format!("s{n}")).collect();
        let loss = Loss::shortcodes(&many).expect("a loss").to_string();
        assert_eq!(loss, "20 shortcodes left out: s0, s1, s2, s3, s4, s5, s6, s7 and others");
        assert_eq!(Loss::shortcodes(&[]), None);
    }
}
