//! The OpenAPI document as a list of calls that can be made.

use serde_json::{Map, Value, json};

/// One method of one path.
#[derive(Clone, Debug)]
pub struct Operation {
    pub method: String,
    /// With its parameters in braces.
    pub path: String,
    /// Whether the document says that anybody may call it.
    pub public: bool,
    /// The smallest body that the schema allows.
    pub body: Option<Value>,
    pub form: bool,
    pub spec: Value,
}

impl Operation {
    /// The names in braces.
    pub fn parameters(&self) -> Vec<&str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect()
    }
}

/// Every operation of the document.
pub fn operations(document: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    let paths = document["paths"].as_object().expect("the document has paths");
    for (path, item) in paths {
        for (method, spec) in item.as_object().expect("a path has methods") {
            if !["get", "post", "put", "patch", "delete", "head", "options"].contains(&method.as_str()) {
                continue;
            }
            let content = &spec["requestBody"]["content"];
            found.push(Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                public: spec["security"].is_null(),
                body: content.get("application/json").map(|json| smallest(document, &json["schema"])),
                form: content.get("multipart/form-data").is_some(),
                spec: spec.clone(),
            });
        }
    }
    found
}

/// The smallest value a schema allows.
fn smallest(document: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#'));
        return smallest(document, target.unwrap_or_else(|| panic!("{reference} is in the document")));
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let parts = parts.iter().map(|part| smallest(document, part));
        return parts.fold(json!({}), |mut whole, part| {
            if let (Some(whole), Value::Object(part)) = (whole.as_object_mut(), part) {
                whole.extend(part);
            }
            whole
        });
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
    match kind {
        Some("object") => Value::Object(required(document, schema)),
        Some("array") => json!([]),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(false),
        Some("string") if schema["format"] == "uuid" => json!("00000000-0000-7000-8000-000000000000"),
        Some("string") => schema["enum"].get(0).cloned().unwrap_or(json!("x")),
        _ => json!({}),
    }
}

fn required(document: &Value, schema: &Value) -> Map<String, Value> {
    let names = schema["required"].as_array().cloned().unwrap_or_default();
    let names = names.iter().filter_map(Value::as_str);
    names.map(|name| (name.to_owned(), smallest(document, &schema["properties"][name]))).collect()
}
