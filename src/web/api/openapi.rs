//! The API's description in OpenAPI 3.1: bodies from the types that are sent and read, operations from one table.
//!
//! Knows nothing of how anything is answered.

use std::sync::LazyLock;

use utoipa::OpenApi;
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, Header, InfoBuilder, PathsBuilder, Ref, Required, ResponseBuilder, ResponsesBuilder,
};

use super::batch::{LINES, LineResult};
use super::call::{MAX_LIMIT, MAX_SOURCE, USUAL_LIMIT};
use super::problem::Problem;
use super::{PATH, article};
use crate::article::Draft;
use crate::publish::report::{Listing, Note, Report};

/// The name under which tokens are described.
const TOKEN: &str = "token";

#[derive(OpenApi)]
#[openapi(components(schemas(Draft, Report, Listing, LineResult, Note, Problem)))]
struct Types;

/// What can be asked of one path with one method.
struct Row {
    method: HttpMethod,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    parameters: &'static [&'static str],
    /// Its media types and schema, and whether it must be there.
    body: Option<(&'static [&'static str], &'static str, bool)>,
    /// Statuses, each with what it says and the schema of its body.
    answers: &'static [(&'static str, &'static str, Option<&'static str>)],
    problems: &'static [&'static str],
}

const ARTICLE: &str = "/articles/{id}";

const ROWS: &[Row] = &[
    Row {
        method: HttpMethod::Get,
        path: "/articles",
        id: "listArticles",
        summary: "All articles in the order in which they came, page by page",
        parameters: &["after", "limit", "source"],
        body: None,
        answers: &[("200", "A page of the list; Link leads to the next one", Some("Listing"))],
        problems: &["400", "401", "403", "503"],
    },
    Row {
        method: HttpMethod::Post,
        path: "/articles:batch",
        id: "putArticles",
        summary: "Put many articles: one a line in, what became of it a line out, in the same order",
        parameters: &["source", "dry-run"],
        body: Some((LINES, "Article", true)),
        answers: &[("200", "A line for each line", Some("LineResult"))],
        problems: &["400", "401", "403", "408", "415", "503", "507"],
    },
    Row {
        method: HttpMethod::Get,
        path: ARTICLE,
        id: "getArticle",
        summary: "An article as it is",
        parameters: &["id", "source", "If-None-Match"],
        body: None,
        answers: &[("200", "The article", Some("Report")), ("304", "It is in the state that was named", None)],
        problems: &["400", "401", "403", "404", "503"],
    },
    Row {
        method: HttpMethod::Put,
        path: ARTICLE,
        id: "putArticle",
        summary: "Create an article, or let it say something else; the same again changes nothing",
        parameters: &["id", "source", "dry-run", "If-Match", "If-None-Match"],
        body: Some((article::JSON, "Article", true)),
        answers: &[
            ("200", "It was there; or, of a dry run, what would happen", Some("Report")),
            ("201", "It is new", Some("Report")),
        ],
        problems: &["400", "401", "403", "408", "409", "412", "413", "415", "422", "503", "507"],
    },
    Row {
        method: HttpMethod::Patch,
        path: ARTICLE,
        id: "patchArticle",
        summary: "Change a part of an article that has been read (RFC 7396)",
        parameters: &["id", "source", "dry-run", "If-Match"],
        body: Some((article::PATCH, "ArticlePatch", true)),
        answers: &[("200", "The article as it is now; or, of a dry run, as it would be", Some("Report"))],
        problems: &["400", "401", "403", "404", "408", "409", "412", "413", "415", "422", "428", "503", "507"],
    },
    Row {
        method: HttpMethod::Delete,
        path: ARTICLE,
        id: "withdrawArticle",
        summary: "Withdraw an article: a notice stands in its place",
        parameters: &["id", "source", "dry-run", "note", "If-Match"],
        body: Some((article::JSON, "Note", false)),
        answers: &[("200", "It is withdrawn", Some("Report"))],
        problems: &["400", "401", "403", "404", "408", "409", "412", "413", "415", "422", "503", "507"],
    },
    Row {
        method: HttpMethod::Post,
        path: "/articles/{id}/restore",
        id: "restoreArticle",
        summary: "Publish a withdrawn article again",
        parameters: &["id", "source", "dry-run", "If-Match"],
        body: None,
        answers: &[("200", "It is public, or will be", Some("Report"))],
        problems: &["400", "401", "403", "404", "409", "412", "503", "507"],
    },
    Row {
        method: HttpMethod::Get,
        path: "/openapi.json",
        id: "describe",
        summary: "This description",
        parameters: &[],
        body: None,
        answers: &[("200", "OpenAPI 3.1", None)],
        problems: &["403"],
    },
];

/// The description as JSON, made once.
pub fn text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let json = describe().to_pretty_json();
        json.expect("names, texts and numbers are always JSON") + "\n"
    });
    &TEXT
}

fn describe() -> utoipa::openapi::OpenApi {
    let mut api = Types::openapi();
    let description = "Publishes articles while the server runs: the next poll of every affected feed has them.";
    // Its own version: what is described changes with the path, not with the program.
    api.info = InfoBuilder::new().title("wellhead").version("1").description(Some(description)).build();
    api.servers = Some(vec![utoipa::openapi::Server::new(PATH)]);
    let mut paths = PathsBuilder::new();
    for row in ROWS {
        paths = paths.path(row.path, PathItem::new(row.method.clone(), operation(row)));
    }
    api.paths = paths.build();
    let components = api.components.get_or_insert_with(Components::new);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
    let bearer = bearer.description(Some("What `wellhead token add` printed")).build();
    components.add_security_scheme(TOKEN, SecurityScheme::Http(bearer));
    components.schemas.insert("ArticlePatch".to_owned(), patch().into());
    api
}

fn operation(row: &Row) -> Operation {
    let mut operation = OperationBuilder::new().operation_id(Some(row.id)).summary(Some(row.summary));
    for name in row.parameters {
        let required = *name == "If-Match" && row.problems.contains(&"428");
        operation = operation.parameter(parameter(name, required));
    }
    if let Some((types, schema, required)) = row.body {
        let content = || ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build();
        let required = if required { Required::True } else { Required::False };
        let body = RequestBodyBuilder::new().required(Some(required));
        operation =
            operation.request_body(Some(types.iter().fold(body, |b, media| b.content(*media, content())).build()));
    }
    let mut responses = ResponsesBuilder::new();
    for (status, description, schema) in row.answers {
        let mut response = ResponseBuilder::new().description(*description);
        if let Some(schema) = schema {
            let media = if *schema == "LineResult" { "application/jsonl" } else { "application/json" };
            response =
                response.content(media, ContentBuilder::new().schema(Some(Ref::from_schema_name(*schema))).build());
        }
        if *schema == Some("Report") {
            response = response.header("ETag", header("The state that the article is in, for If-Match"));
        }
        if *status == "201" {
            response = response.header("Location", header("Where the article is found from now on"));
        }
        responses = responses.response(*status, response.build());
    }
    for status in row.problems {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let response = ResponseBuilder::new().description(why(status)).content("application/problem+json", content);
        responses = responses.response(*status, response.build());
    }
    if row.id != "describe" {
        operation = operation.security(SecurityRequirement::new(TOKEN, Vec::<String>::new()));
    }
    operation.responses(responses.build()).build()
}

/// What a status means, whatever was asked.
fn why(status: &str) -> &'static str {
    match status {
        "400" => "A parameter, a tag or the JSON cannot be read",
        "401" => "There is no token, or none that is good at this moment",
        "403" => "The token may not do this, or could be read by others on its way",
        "404" => "There is no such article",
        "408" => "The body did not arrive in time",
        "409" => "The article is withdrawn or erased",
        "412" => "The article is not in the state that was asked for",
        "413" => "The body is too long",
        "415" => "The body is of another type, or compressed",
        "422" => "The article cannot be published as it is: every faulty field is named",
        "428" => "If-Match is missing",
        "503" => "The article store does not answer, or too many articles wait; Retry-After says when to try again",
        _ => "The article store is full; nothing was changed",
    }
}

fn header(description: &str) -> Header {
    let mut header = Header::new(text_schema());
    header.description = Some(description.to_owned());
    header
}

fn text_schema() -> Schema {
    ObjectBuilder::new().schema_type(Type::String).into()
}

/// Whichever fields an article has, or null for those that it is to lose.
fn patch() -> Schema {
    let description = "Any of the fields of Article, each with what it is to be, or null to leave it out (RFC 7396)";
    ObjectBuilder::new().schema_type(Type::Object).description(Some(description)).into()
}

fn parameter(name: &str, required: bool) -> Parameter {
    let number = |least: u32, usual: u32, most: Option<u32>| -> Schema {
        let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least)).maximum(most);
        number.format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64))).default(Some(usual.into())).into()
    };
    let flag = || ObjectBuilder::new().schema_type(Type::Boolean).default(Some(false.into())).into();
    let (place, description, schema) = match name {
        "id" => (ParameterIn::Path, "What its source calls the article, percent-encoded", text_schema()),
        "source" => (ParameterIn::Query, "Whose article: a name that is part of its identity; `local` unless given", {
            let name = ObjectBuilder::new().schema_type(Type::String).default(Some("local".into()));
            name.min_length(Some(1)).max_length(Some(MAX_SOURCE)).into()
        }),
        "dry-run" => (ParameterIn::Query, "Only tell what would happen", flag()),
        "after" => (ParameterIn::Query, "Where the list goes on, as `next` gives it", number(0, 0, None)),
        "limit" => (ParameterIn::Query, "How many articles at most", number(1, USUAL_LIMIT, Some(MAX_LIMIT))),
        "note" => (ParameterIn::Query, "What the notice says to readers; or in the body", text_schema()),
        "If-Match" => {
            (ParameterIn::Header, "Only if the article is in one of these states (RFC 9110 §13.1.1)", text_schema())
        }
        _ => (ParameterIn::Header, "Only if the article is in none of these states (RFC 9110 §13.1.2)", text_schema()),
    };
    let required = place == ParameterIn::Path || required;
    let parameter = ParameterBuilder::new().name(name).parameter_in(place).description(Some(description));
    parameter.required(if required { Required::True } else { Required::False }).schema(Some(schema)).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::api::call::Call;
    use http::Method;

    #[test]
    fn every_operation_that_is_described_is_there_and_takes_its_parameters() {
        for row in ROWS {
            let call = Call::of(&format!("{PATH}{}", row.path.replace("{id}", "a"))).expect("a path");
            let method = match row.method {
                HttpMethod::Get => Method::GET,
                HttpMethod::Put => Method::PUT,
                HttpMethod::Patch => Method::PATCH,
                HttpMethod::Delete => Method::DELETE,
                _ => Method::POST,
            };
            assert!(call.takes(&method), "{} {}", method, row.path);
            for name in row.parameters.iter().filter(|name| **name != "id" && !name.starts_with("If-")) {
                let value = if *name == "dry-run" { "true" } else { "1" };
                assert!(call.query(&method, Some(&format!("{name}={value}"))).is_ok(), "{} takes {name}", row.id);
            }
        }
    }
}
