//! Invented articles of 3 KB, the same on every machine: Chinese newsroom prose with headings, links and emphasis.
//!
//! Every article is drawn from its number alone. It has one district and one topic, half of them a second topic, in
//! words that the repository's rules catch; the filler between is neutral, so that labels are about as many as a
//! newsroom's: some six feeds an article, pairs and the feed of everything included. Every second article has
//! attributes that cleaning takes away, so that no shortcut for HTML that is clean already spares more than half.

use std::fmt::Write;

use crate::chance::Chance;

/// The least bytes of an article's body; the last paragraph runs over by less than 200.
pub const BODY: usize = 3000;

/// A district as the headline names it, and a place in it.
const DISTRICTS: [(&str, &str); 6] = [
    ("大安区", "牛佛老街"),
    ("自流井区", "釜溪河畔"),
    ("贡井区", "艾叶古镇"),
    ("沿滩区", "仙市古镇"),
    ("荣县", "双溪湖边"),
    ("富顺县", "富顺文庙"),
];

/// A topic's headline, and what its articles keep coming back to.
const TOPICS: [(&str, &str); 6] = [
    ("百年盐井再出卤", "盐井的天车立在坡上，制盐的老灶还温着"),
    ("新春灯会今晚点亮", "灯会的灯组排到了河边，扎灯的师傅收起竹篾"),
    ("恐龙化石又有新发现", "恐龙的肋骨露出岩面，化石被编上了号"),
    ("公交线网迎来调整", "公交车多停两站，车站旁立起新站牌"),
    ("小学开出一门新课", "学校把课堂搬到户外，老师带着学生记笔记"),
    ("豆花饭香飘十里", "小吃摊前排着队，火锅的热气扑在玻璃上"),
];

/// What could stand in any article.
const FILLER: [&str; 16] = [
    "清早六点，雾还没有散，巷子里已经有了说话的声音",
    "住在隔壁的老人搬来一把竹椅，坐下就不肯走了",
    "几个年轻人带着相机，从石阶上一级一级往下走",
    "说起往事，他停了一会儿，才慢慢把话接下去",
    "雨下了半夜，院子里的水缸满了，屋檐还在滴",
    "墙上的旧照片换过三次框，照片里的人都还认得",
    "大家商量了几回，最后决定把日子定在月底",
    "有人问起将来的打算，她笑了笑，没有马上回答",
    "傍晚的光落在瓦上，颜色一点一点地深了下去",
    "这件事做了十几年，账本写满了整整两个抽屉",
    "到了中午，人渐渐多起来，说笑声盖过了风声",
    "他们把名单贴在门口，谁来过，谁没来，一看便知",
    "邻居送来一碗热汤，碗底压着一张写了字的纸条",
    "桌上的本子翻到了最后一页，空白处画着一张草图",
    "天色暗下来之前，最后一批人也收拾好了东西",
    "这样的日子并不多见，所以谁也舍不得先说再见",
];

/// An article as an editor would hand it in.
pub struct Article {
    /// The source's own id.
    pub id: String,
    /// The headline.
    pub title: String,
    /// The body, of [`BODY`] bytes and a little more.
    pub html: String,
}

/// Article number `number`.
pub fn article(number: u64) -> Article {
    let mut chance = Chance(number);
    let (district, place) = *chance.pick(&DISTRICTS);
    let (headline, motif) = *chance.pick(&TOPICS);
    let second = (chance.below(2) == 0).then(|| chance.pick(&TOPICS).1);
    let title = format!("{district}{headline}：第{number}次走访手记");
    let mut html = String::with_capacity(BODY + 256);
    let mut paragraphs = 0;
    while html.len() < BODY {
        if paragraphs % 4 == 2 {
            let heading = chance.pick(&FILLER);
            let _ = writeln!(html, "<h2>{heading}</h2>");
        }
        let motif = if paragraphs % 3 == 1 { second.unwrap_or(motif) } else { motif };
        html.push_str(if number.is_multiple_of(2) { "<p>" } else { "<p class=\"text\">" });
        paragraph(&mut html, &mut chance, place, motif);
        paragraphs += 1;
    }
    Article { id: format!("bench-{number}"), title, html }
}

/// A paragraph behind its start tag. Writing to a string cannot fail, so what `write!` answers is dropped.
fn paragraph(html: &mut String, chance: &mut Chance, place: &str, motif: &str) {
    let (first, second, third) = (*chance.pick(&FILLER), *chance.pick(&FILLER), *chance.pick(&FILLER));
    let (count, link) = (chance.below(900) + 100, chance.below(1 << 40));
    let _ = write!(html, "{first}。{place}，<em>{second}</em>，前后共{count}人次。");
    let _ = match chance.below(3) {
        0 => write!(html, "{motif}。<strong>{third}</strong>。"),
        1 => write!(html, "{third}，<a href=\"https://news.wellhead.example/n/{link:x}\">{motif}</a>。"),
        _ => write!(html, "“{third}。”"),
    };
    html.push_str("</p>\n");
}
