//! The OpenAPI 3.1 document, made of the same rows that the router checks.

use axum::http::Method;
use serde_json::{Map, Value, json};

use crate::endpoint::Shape;
use crate::{Access, Endpoint};

/// The document at `/api/openapi.json`. `x-permission` and `x-audit` show what the router enforces.
pub fn document(endpoints: &[Endpoint]) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    let mut schemas: Map<String, Value> = Map::new();
    schemas.insert("Error".to_owned(), error_schema());
    for endpoint in endpoints {
        for shape in [&endpoint.body, &endpoint.answer].into_iter().flatten() {
            for (name, schema) in &shape.parts {
                schemas.insert(name.clone(), value(schema));
            }
        }
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(endpoint.method.as_str().to_lowercase(), operation(endpoint));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Xinlu", "version": env!("CARGO_PKG_VERSION"), "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "api_key": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": crate::SESSION_COOKIE}
            }
        }
    })
}

fn value<T: serde::Serialize>(thing: &T) -> Value {
    serde_json::to_value(thing).unwrap_or(Value::Null)
}

fn operation(endpoint: &Endpoint) -> Value {
    let mut operation = json!({
        "operationId": operation_id(&endpoint.method, endpoint.path),
        "summary": endpoint.summary,
        "parameters": parameters(endpoint),
        "responses": {
            "200": answer(endpoint),
            "default": {"description": "an error", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
        },
        "security": [],
    });
    let Some(object) = operation.as_object_mut() else { return operation };
    if endpoint.access != Access::Public {
        object.insert("security".to_owned(), json!([{"api_key": []}, {"session": []}]));
    }
    if let Access::Permission(permission) = endpoint.access {
        object.insert("x-permission".to_owned(), permission.into());
    }
    if let Some(action) = endpoint.audit {
        object.insert("x-audit".to_owned(), action.into());
    }
    if let Some(Shape { schema, .. }) = &endpoint.body {
        let body = json!({"required": true, "content": {"application/json": {"schema": value(schema)}}});
        object.insert("requestBody".to_owned(), body);
    }
    operation
}

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let mut parameters: Vec<Value> = endpoint.parameters.iter().map(value).collect();
    for name in path_parts(endpoint.path) {
        if !parameters.iter().any(|parameter| parameter.get("name").and_then(Value::as_str) == Some(name)) {
            parameters.push(json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}));
        }
    }
    parameters
}

fn path_parts(path: &str) -> Vec<&str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect()
}

fn answer(endpoint: &Endpoint) -> Value {
    match &endpoint.answer {
        Some(shape) => {
            json!({"description": "done", "content": {endpoint.answer_type: {"schema": value(&shape.schema)}}})
        }
        None if endpoint.answer_type == "application/json" => json!({"description": "done"}),
        None => json!({"description": "done", "content": {endpoint.answer_type: {}}}),
    }
}

fn operation_id(method: &Method, path: &str) -> String {
    let words = path.split(['/', '.', '-']).filter(|word| !word.is_empty() && *word != "api" && *word != "v1");
    let words = words.map(|word| word.trim_matches(['{', '}']));
    let mut id = method.as_str().to_lowercase();
    for word in words {
        id.push('_');
        id.push_str(word);
    }
    id
}

fn error_schema() -> Value {
    let text = json!({"type": "string"});
    json!({"type": "object", "required": ["error"], "properties": {"error": {"type": "object",
        "required": ["code", "message", "request_id"],
        "properties": {"code": text, "message": text, "request_id": text}}}})
}
