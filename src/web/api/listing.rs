//! All articles, page by page.
//!
//! The list has the order in which they came, so that a page stays what it is while others come.

use http::StatusCode;
use http::header::LINK;

use super::admission::Admitted;
use super::{Answer, Asked, PATH, article, told};
use crate::publish::report::{Item, Listing};
use crate::render::html;
use crate::store::Listed;
use crate::web::error::ApiError;
use crate::web::prepared::value;

/// GET: the articles behind a cursor.
pub async fn get(asked: &Asked<'_>, admitted: &Admitted) -> Result<Answer, ApiError> {
    let (set, query) = (asked.app.site.set(), &asked.query);
    let listed = asked.app.site.store().listing(query.after, query.limit, query.source.as_deref());
    let listed = super::in_time(listed).await?;
    let last = listed.last().map(|last| last.row).filter(|_| listed.len() == query.limit as usize);
    let next = last.map(|row| {
        let path = format!("{}{PATH}/articles?after={row}&limit={}", html::root(set), query.limit);
        let source = query.source.as_deref().map(|source| format!("&source={}", article::encoded(source)));
        path + &source.unwrap_or_default()
    });
    let seen = |one: &Listed| !one.embargoed || admitted.sees(&one.labels.districts);
    let item = |one: Listed| {
        let href = (!one.purged).then(|| article::address(set, &one.source, &one.own_id));
        let all = admitted.sees(&one.labels.districts);
        Item::new(one, href, all)
    };
    let articles = listed.into_iter().filter(seen).map(item).collect();
    let link = next.as_ref().map(|next| value(format!("<{next}>; rel=\"next\"")));
    let mut answer = told(StatusCode::OK, &Listing { articles, next });
    if let Some(link) = link {
        answer.headers_mut().insert(LINK, link);
    }
    Ok(answer)
}
