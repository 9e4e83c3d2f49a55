//! Which headlines are nearly equal: two reports of the same matter, which an editor should merge.
//!
//! Knows nothing of articles, of feeds or of what becomes of a pair. It compares letters, not meanings: the same matter
//! in other words is not found, nor a headline in simplified and in traditional characters.
//!
//! Likeness is Dice's over sets of grams, less what comes free: (2 · shared − free) / (both − free). A gram is two
//! characters and weighs 3, or three letters or digits of an alphabet and weighs 1, since these say less. What comes
//! free is a place's name or a stock phrase, which makes short headlines alike that share only this.
//!
//! Measured on 159 headlines, five pairs of which are wanted and one arguable: the wanted have 52 or more, the arguable
//! one 49, all others 13 or less. Plain Dice has 62, 58 and 29, or 35 if letters go by twos, and up to 56 for short
//! headlines that share a name. Jaccard orders pairs as Dice does; characters by ones give unrelated English ones 91.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

/// The least likeness that makes a pair: a little above the measured gap's middle, 33. Of invented headlines, a stock
/// phrase gives 35, and wanted English ones fall to 46; a phrase that is two thirds of a headline passes all the same.
const NEAR: u32 = 40;

/// The likeness that counts for nothing, in both headlines: five Chinese grams, so six characters, or some fifteen
/// letters. It is never more than the shorter headline weighs.
const FREE: usize = 30;

/// Headlines of fewer characters pair only if they are equal.
const SHORT: usize = 4;

/// The most places of the index that are read for a headline, its rarest grams' first: the rest say least.
const BUDGET: usize = 5_000;

/// With how many earlier headlines one is compared at most: those that share most of what was read.
const PARTNERS: usize = 50;

/// The first character written as in Chinese; those below belong to alphabets or are digits.
const HAN: char = '\u{2E80}';

/// Two headlines that are nearly equal, by their places in the slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Near {
    /// The earlier one's place.
    pub first: usize,
    /// The later one's place.
    pub second: usize,
    /// Their likeness, up to 100, which only headlines have that are equal but for case, width and punctuation.
    pub percent: u32,
}

/// A headline that differs from all earlier ones, with its grams in order.
struct Head {
    place: usize,
    grams: Vec<u64>,
    weight: usize,
}

/// Finds the pairs of headlines that are nearly equal, the likest first, then by place.
///
/// Of equal headlines each later one is paired with the first, and the first alone with what is nearly equal. n
/// headlines of m characters take at most about n · (`BUDGET` + `PARTNERS` · m · log m) steps, whatever they are, and
/// give at most n · `PARTNERS` pairs. No pair is missed until a headline reaches a limit.
pub fn near_pairs(headlines: &[&str]) -> Vec<Near> {
    let (heads, mut pairs) = distinct(headlines);
    let (mut holders, mut shared) = (HashMap::new(), vec![0; heads.len()]);
    for (number, head) in heads.iter().enumerate() {
        pairs.extend(partners(head, &heads, &holders, &mut shared));
        head.grams.iter().for_each(|&gram| holders.entry(gram).or_insert_with(Vec::new).push(number));
    }
    pairs.sort_unstable_by_key(|pair| (Reverse(pair.percent), pair.first, pair.second));
    pairs
}

/// The headlines that differ and are not short; and the pairs of equal ones.
fn distinct(headlines: &[&str]) -> (Vec<Head>, Vec<Near>) {
    let (mut firsts, mut heads, mut pairs) = (HashMap::new(), Vec::new(), Vec::new());
    for (place, headline) in headlines.iter().enumerate() {
        let text = folded(headline);
        let grams = if text.len() < SHORT { Vec::new() } else { grams(&text) };
        let first = *firsts.entry(text).or_insert(place);
        if first < place {
            pairs.push(Near { first, second: place, percent: 100 });
        } else if !grams.is_empty() {
            heads.push(Head { place, weight: grams.iter().map(|&gram| weight(gram)).sum(), grams });
        }
    }
    (heads, pairs)
}

/// The text's letters and digits, without case and full width; the text itself if it has none.
fn folded(text: &str) -> Vec<char> {
    let wide = '\u{FF01}'..='\u{FF5E}';
    let plain = |c| if wide.contains(&c) { char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c) } else { c };
    let letters: Vec<char> = text.to_lowercase().chars().map(plain).filter(|c| c.is_alphanumeric()).collect();
    if letters.is_empty() { text.chars().collect() } else { letters }
}

/// A text's grams, each once, in order: characters packed into a number, 21 bits each.
fn grams(text: &[char]) -> Vec<u64> {
    let length = |at: usize| if text[at..].iter().take(3).all(|&c| c < HAN) { 3 } else { 2 };
    let pack = |at: usize| text[at..].iter().take(length(at)).fold(0, |gram, &c| gram << 21 | u64::from(c));
    (0..text.len().saturating_sub(1)).map(pack).collect::<BTreeSet<u64>>().into_iter().collect()
}

fn weight(gram: u64) -> usize {
    if [gram, gram >> 21].iter().any(|c| c & 0x1F_FFFF >= u64::from(HAN)) { 3 } else { 1 }
}

/// The earlier headlines that are near one. `shared` is all 0 before and after.
fn partners(head: &Head, heads: &[Head], holders: &HashMap<u64, Vec<usize>>, shared: &mut [usize]) -> Vec<Near> {
    let (touched, unread) = read(head, holders, shared);
    let likeness = |other: &Head, shared: usize| percent(head.weight, other.weight, shared.min(other.weight));
    let likely = touched.iter().filter(|&&number| likeness(&heads[number], shared[number] + unread) >= NEAR);
    let mut likely: Vec<usize> = likely.copied().collect();
    if likely.len() > PARTNERS {
        likely.select_nth_unstable_by_key(PARTNERS, |&number| (Reverse(shared[number]), number));
    }
    touched.iter().for_each(|&number| shared[number] = 0);
    let near = likely.iter().take(PARTNERS).map(|&number| &heads[number]).map(|other| {
        let both = head.grams.iter().filter(|gram| other.grams.binary_search(gram).is_ok()).map(|&gram| weight(gram));
        Near { first: other.place, second: head.place, percent: likeness(other, both.sum()) }
    });
    near.filter(|pair| pair.percent >= NEAR).collect()
}

/// Reads who holds a headline's grams, the rarest first, until what is left could make no pair or the budget is spent:
/// who shares something, and the weight of what was not read to the end.
fn read(head: &Head, holders: &HashMap<u64, Vec<usize>>, shared: &mut [usize]) -> (Vec<usize>, usize) {
    let held = |gram| Some((holders.get(gram)?, weight(*gram)));
    let mut lists: Vec<(&Vec<usize>, usize)> = head.grams.iter().filter_map(held).collect();
    lists.sort_by_key(|(list, _)| list.len());
    let (mut touched, mut unread, mut budget) = (Vec::new(), lists.iter().map(|(_, weight)| weight).sum(), BUDGET);
    for (list, weight) in lists {
        if budget == 0 || percent(head.weight, unread, unread) < NEAR {
            break;
        }
        let part = &list[list.len().saturating_sub(budget)..];
        touched.extend(part.iter().filter(|&&number| shared[number] == 0));
        part.iter().for_each(|&number| shared[number] += weight);
        budget -= part.len();
        unread -= if part.len() == list.len() { weight } else { 0 };
    }
    (touched, unread)
}

/// The likeness of two different headlines of these weights. Grows with what they share, and is never 100.
fn percent(a: usize, b: usize, shared: usize) -> u32 {
    let free = FREE.min(a).min(b);
    let likeness = 100 * (2 * shared).saturating_sub(free) / (a + b - free).max(1);
    u32::try_from(likeness).unwrap_or(99).min(99)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WELL: &str = "老盐井重新汲卤：天车转动，游客排队看师傅熬盐";
    const WELL_AGAIN: &str = "老盐井重新汲卤，天车吱呀转动，游客围看师傅熬盐";

    /// The likeness of two headlines, if they are a pair.
    fn likeness(a: &str, b: &str) -> Option<u32> {
        near_pairs(&[a, b]).first().map(|pair| pair.percent)
    }

    fn assert_pairs(pairs: &[(&str, &str)], wanted: bool) {
        for (a, b) in pairs {
            assert_eq!(likeness(a, b).is_some(), wanted, "{a} | {b}");
        }
    }

    #[test]
    fn two_reports_of_the_same_matter_are_a_pair() {
        let chinese = [
            (WELL, WELL_AGAIN),
            ("环城路改造完工，早高峰少堵二十分钟", "环城路改造完工通车：早高峰能少堵二十分钟"),
            ("河岸灯会明晚亮灯，百组彩灯沿河排开", "河岸灯会明晚开幕，一百组彩灯沿河排开迎客"),
            ("恐龙馆夜场开放，孩子打着手电看化石", "恐龙馆开放夜场：孩子们打手电看化石"),
            ("脐橙提前半月上市", "脐橙提早半月上市"),
        ];
        let english = [
            ("Old salt well reopens after two years of repair", "Old salt well opens again after two-year repair"),
            ("New road to orange groves cuts trip by an hour", "New road to the orange groves cuts an hour off trip"),
            ("Lantern festival draws record crowd of 300,000", "Record crowd of 300,000 at lantern festival"),
            ("Salt well shut", "Salt well shuts"),
        ];
        assert_pairs(&chinese, true);
        assert_pairs(&english, true);
    }

    #[test]
    fn headlines_on_the_same_place_are_no_pair() {
        let same_place = [
            ("城北恐龙馆推出夜场", "城北恐龙馆门票下调"),
            ("环城路改造完工，早高峰少堵二十分钟", "环城路新增路灯，夜里骑车更安心"),
            ("橙子沟修通第一条水泥路", "橙子沟办起摘果节"),
            ("Dinosaur museum opens new hall", "Dinosaur museum raises ticket price"),
        ];
        assert_pairs(&same_place, false);
    }

    #[test]
    fn headlines_that_share_a_stock_phrase_are_no_pair() {
        let same_phrase = [
            ("灯会门票涨价引发广泛热议", "盐井停产引发广泛热议"),
            ("脐橙运进城，首批果实上市", "蜜柚套好袋，首批果实上市"),
            ("扎灯师傅进校园，老手艺焕发新光彩", "熬盐老街迎春游，老手艺焕发新光彩"),
            ("Salt well museum to close for the winter", "Orange market to close for the winter"),
        ];
        assert_pairs(&same_phrase, false);
    }

    #[test]
    fn equal_headlines_are_a_pair_at_100_and_each_is_paired_with_the_first() {
        let pairs = near_pairs(&[WELL, "山路弯弯", WELL, WELL]);
        let equal = |second| Near { first: 0, second, percent: 100 };
        assert_eq!(pairs, [equal(2), equal(3)]);
    }

    #[test]
    fn case_width_punctuation_and_space_make_no_difference() {
        assert_eq!(likeness("ＡＩ扎灯大赛（第２届）开幕", "ai扎灯大赛：第 2 届，开幕！"), Some(100));
        assert_eq!(likeness("Salt-Well ROAD reopens!", "salt well road re-opens"), Some(100));
    }

    #[test]
    fn what_only_repeats_itself_is_near_but_not_equal() {
        assert_eq!(likeness("橙橙橙橙", "橙橙橙橙橙橙"), Some(99));
    }

    #[test]
    fn short_headlines_pair_only_if_they_are_equal() {
        assert_eq!(likeness("灯亮了", "灯，亮了"), Some(100));
        assert_pairs(&[("灯亮了", "灯亮"), ("看恐龙", "看恐龙了"), ("灯会延期", "灯会闭幕"), ("road", "roof")], false);
        assert_pairs(&[("灯会延期", "灯会延期了")], true);
    }

    #[test]
    fn nothing_is_like_nothing_only_if_it_is_written_alike() {
        assert!(near_pairs(&[]).is_empty());
        assert_eq!((likeness("", ""), likeness("？！", "？！"), likeness("？！", "……")), (Some(100), Some(100), None));
    }

    #[test]
    fn the_likest_come_first() {
        let pairs = near_pairs(&[WELL, "环城路改造完工", "环城路改造完工！", WELL_AGAIN]);
        let places: Vec<_> = pairs.iter().map(|pair| (pair.first, pair.second)).collect();
        assert_eq!(places, [(1, 2), (0, 3)]);
    }

    /// Headlines made by chance, many of them of the same pieces.
    fn by_chance(mut seed: u64, count: usize) -> Vec<String> {
        let pieces: Vec<char> = "盐井灯会恐龙橙园公路天车老街新桥village road ".chars().collect();
        let mut next = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as usize % below
        };
        let mut made: Vec<String> = Vec::new();
        for _ in 0..count {
            let (old, cut) = (made.get(next(count)).cloned().unwrap_or_default(), next(6));
            let length = if old.is_empty() { 8 + next(14) } else { next(6) };
            let new: String = (0..length).map(|_| pieces[next(pieces.len())]).collect();
            made.push(old.chars().skip(cut).chain(new.chars()).collect());
        }
        made
    }

    #[test]
    fn the_index_finds_what_comparing_all_finds() {
        let mut made = by_chance(7, 120);
        let mut seen = std::collections::HashSet::new();
        made.retain(|headline| seen.insert(folded(headline)));
        let all: Vec<&str> = made.iter().map(String::as_str).collect();
        let earlier = |second: usize| (0..second).map(move |first| (first, second));
        let likeness = |(a, b): (usize, usize)| likeness(all[a], all[b]).map(|percent| (Reverse(percent), a, b));
        let mut expected: Vec<_> = (0..all.len()).flat_map(earlier).filter_map(likeness).collect();
        expected.sort_unstable();
        let pairs = near_pairs(&all);
        let found: Vec<_> = pairs.iter().map(|pair| (Reverse(pair.percent), pair.first, pair.second)).collect();
        assert!(found.len() > 20, "{}", found.len());
        assert_eq!(found, expected);
    }

    #[test]
    fn the_order_of_headlines_makes_no_difference() {
        let mut made = by_chance(11, 100);
        made.sort_by_key(|headline| folded(headline));
        made.dedup_by_key(|headline| folded(headline));
        let named = |all: &[String]| {
            let places: Vec<&str> = all.iter().map(String::as_str).collect();
            let (a, b) = (|pair: &Near| all[pair.first].clone(), |pair: &Near| all[pair.second].clone());
            let name = |pair: Near| (pair.percent, a(&pair).min(b(&pair)), a(&pair).max(b(&pair)));
            let mut names: Vec<_> = near_pairs(&places).into_iter().map(name).collect();
            names.sort();
            names
        };
        let before = named(&made);
        made.reverse();
        assert_eq!(named(&made), before);
    }

    #[test]
    fn a_daily_headline_does_not_make_pairs_without_end() {
        let daily: Vec<String> = (0..1_000).map(|day| format!("今日灯会第{day}场照常开放，请走东门入园")).collect();
        let daily: Vec<&str> = daily.iter().map(String::as_str).collect();
        let pairs = near_pairs(&daily);
        assert!((999..=1_000 * PARTNERS).contains(&pairs.len()));
    }
}
