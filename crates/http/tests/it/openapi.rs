//! The document says of each row what the router enforces.

use axum::http::Method;
use axum::routing::{get, post};
use serde_json::json;
use utoipa::IntoParams;
use xinlu_http::{Access, Endpoint, document};
use xinlu_model::Page;

#[derive(utoipa::ToSchema)]
#[allow(dead_code)] // Only its schema is looked at.
struct Inner {
    text: String,
}

#[derive(utoipa::ToSchema)]
#[allow(dead_code)] // Only its schema is looked at.
struct Outer {
    inner: Vec<Inner>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code)] // Only its parameters are looked at.
struct Asked {
    /// How many.
    limit: Option<u32>,
}

#[test]
fn rows_become_operations_with_their_rights_and_shapes() {
    let rows = vec![
        Endpoint::new(Method::GET, "/api/v1/things/{id}", Access::Permission("thing.read"), get(async || {}))
            .summary("Shows a thing")
            .audited("thing.view")
            .parameters::<Asked>()
            .answer::<Page<Outer>>(),
        Endpoint::new(Method::POST, "/api/v1/things/{id}", Access::Public, post(async || {})).body::<Outer>(),
        Endpoint::new(Method::GET, "/raw", Access::SignedIn, get(async || {})).answer_type("text/plain"),
    ];
    let document = document(&rows);
    assert_eq!(document["openapi"], "3.1.0");
    let view = &document["paths"]["/api/v1/things/{id}"]["get"];
    assert_eq!(view["operationId"], "get_things_id");
    assert_eq!((&view["x-permission"], &view["x-audit"]), (&json!("thing.read"), &json!("thing.view")));
    assert_eq!(view["security"], json!([{"api_key": []}, {"session": []}]));
    let names: Vec<_> = view["parameters"].as_array().unwrap().iter().map(|one| (&one["name"], &one["in"])).collect();
    assert_eq!(names, [(&json!("limit"), &json!("query")), (&json!("id"), &json!("path"))]);
    let make = &document["paths"]["/api/v1/things/{id}"]["post"];
    assert_eq!(make["security"], json!([]));
    let body = &make["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(body, &json!({"$ref": "#/components/schemas/Outer"}));
    for name in ["Error", "Inner", "Outer"] {
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
    let raw = &document["paths"]["/raw"]["get"]["responses"]["200"]["content"];
    assert_eq!(raw, &json!({"text/plain": {}}));
}
