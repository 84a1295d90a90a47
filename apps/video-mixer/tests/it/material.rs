//! Projects with clips, as a person makes them.

use lumiku_testkit::clips::{ClipSpec, Pattern, clip, colored};
use lumiku_testkit::{Actor, Answer};
use serde_json::{Value, json};
use video_mixer::ID;

/// A project of the mixer and who made it.
pub struct Project<'a> {
    pub actor: &'a Actor,
    pub id: String,
}

/// The smallest and quickest output there is, with more settings on top.
pub fn quick(more: Value) -> Value {
    let mut settings =
        json!({ "resolution": "480p", "ratio": "1:1", "fit": "pad", "bitrate": "low", "fps": 24 });
    let (Some(settings_map), Value::Object(more)) = (settings.as_object_mut(), more) else {
        panic!("settings are an object")
    };
    settings_map.extend(more);
    settings
}

/// A clip of ten frames, for tests that make many.
pub fn short_clip(color: &'static str) -> ClipSpec {
    ClipSpec { frames: 10, size: (64, 64), pattern: Pattern::Color(color), ..ClipSpec::default() }
}

impl<'a> Project<'a> {
    pub async fn new(actor: &'a Actor) -> Self {
        Self { actor, id: actor.project(ID, "Kopi").await }
    }

    /// Six clips in three groups, as in the sample: eight different videos.
    pub async fn with_three_groups(actor: &'a Actor) -> Self {
        let project = Self::new(actor).await;
        for (group, colors) in
            [("Hook", ["red", "orange"]), ("Isi", ["green", "lime"]), ("Ajakan", ["blue", "navy"])]
        {
            let group = project.group(group).await;
            for color in colors {
                project.clip(color, &format!("{color}.mp4"), Some(&group)).await;
            }
        }
        project
    }

    pub fn path(&self, rest: &str) -> String {
        format!("/api/v1/apps/{ID}/projects/{}{rest}", self.id)
    }

    pub async fn group(&self, name: &str) -> String {
        self.actor.post(&self.path("/groups"), json!({ "name": name })).await.expect(201).id()
    }

    /// Uploads a one-second clip of one colour; its asset.
    pub async fn clip(&self, color: &'static str, name: &str, group: Option<&str>) -> Value {
        self.upload(name, &colored(color), group).await.expect(201).json()
    }

    pub async fn short(&self, color: &'static str) -> Value {
        let bytes = clip(&short_clip(color), "mp4");
        self.upload(&format!("{color}.mp4"), &bytes, None).await.expect(201).json()
    }

    pub async fn upload(&self, name: &str, bytes: &[u8], group: Option<&str>) -> Answer {
        let fields: Vec<(&str, &str)> = group.map(|id| ("group_id", id)).into_iter().collect();
        self.actor.upload(&self.id, name, bytes, &fields).await
    }

    pub async fn quote(&self, settings: &Value, count: u32) -> Value {
        let request = json!({ "settings": settings, "count": count });
        self.actor.post(&self.path("/quote"), request).await.expect(200).json()
    }

    pub async fn run(&self, settings: &Value, count: u32) -> String {
        let request = json!({ "settings": settings, "count": count, "seed": 7 });
        self.actor.post(&self.path("/generations"), request).await.expect(202).id()
    }

    pub async fn content(&self, output: &Value) -> Vec<u8> {
        self.actor.get(output["url"].as_str().expect("a finished output")).await.expect(200).body
    }
}

pub fn outputs(run: &Value) -> &Vec<Value> {
    run["outputs"].as_array().expect("outputs")
}
