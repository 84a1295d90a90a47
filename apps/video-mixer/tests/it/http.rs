//! Groups, arrangement, quotes and what is wrong with a request.

use std::sync::Arc;

use lumiku_testkit::{TestStudio, studio_tests};
use serde_json::{Value, json};

use crate::material::{Project, quick};
use crate::mixer;

studio_tests! { mixer();
    a_group_is_made_changed_and_deleted_and_its_clips_stay,
    dragging_sets_the_whole_order_at_once,
    nobody_elses_clip_or_group_can_be_arranged,
    a_setting_that_is_wrong_is_named,
    a_count_out_of_range_starts_nothing,
    too_few_credits_say_how_many,
    a_copy_has_its_own_groups_with_the_same_clips,
    what_is_missing_is_told_by_the_quote_before_the_run,
}

async fn clips(project: &Project<'_>) -> Vec<(String, Option<String>)> {
    let assets =
        project.actor.get(&format!("/api/v1/assets?project_id={}", project.id)).await.expect(200).json();
    let items = assets["items"].as_array().expect("items");
    let text = |value: &Value| value.as_str().map(str::to_owned);
    items.iter().map(|asset| (text(&asset["name"]).expect("a name"), text(&asset["group_id"]))).collect()
}

fn id(asset: &Value) -> &str {
    asset["id"].as_str().expect("an id")
}

async fn a_group_is_made_changed_and_deleted_and_its_clips_stay(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let project = Project::new(&alice).await;
    let group = project.group("  Hook ").await;
    project.clip("red", "red.mp4", Some(&group)).await;
    let path = project.path(&format!("/groups/{group}"));

    let changed = alice.patch(&path, json!({ "name": "Pembuka", "hue": 30 })).await.expect(200).json();
    assert_eq!(changed, json!({ "id": group, "name": "Pembuka", "position": 1, "hue": 30 }));
    for (wrong, code) in [
        (json!({ "name": "" }), "video-mixer.bad_group_name"),
        (json!({ "name": "a\nb" }), "video-mixer.bad_group_name"),
        (json!({ "hue": 360 }), "video-mixer.bad_hue"),
    ] {
        let refused = alice.patch(&path, wrong).await.expect_problem(422, "request.invalid");
        assert_eq!(refused["errors"][0]["code"], code);
    }
    alice.delete(&path).await.expect(204);

    assert_eq!(alice.get(&project.path("/groups")).await.json()["items"], json!([]));
    assert_eq!(clips(&project).await, [("red.mp4".to_owned(), None)]);
    alice.delete(&path).await.expect_problem(404, "request.not_found");
    for n in 0..20 {
        project.group(&format!("Group {n}")).await;
    }
    let more = alice.post(&project.path("/groups"), json!({ "name": "One more" })).await;
    more.expect_problem(422, "video-mixer.too_many_groups");
}

async fn dragging_sets_the_whole_order_at_once(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let project = Project::new(&alice).await;
    let (hook, body) = (project.group("Hook").await, project.group("Isi").await);
    let red = project.clip("red", "red.mp4", Some(&hook)).await;
    let blue = project.clip("blue", "blue.mp4", None).await;
    let green = project.clip("green", "green.mp4", Some(&hook)).await;
    let order = json!({
        "groups": [{ "id": body, "asset_ids": [id(&green), id(&red)] }, { "id": hook, "asset_ids": [] }],
        "ungrouped": [id(&blue)],
    });

    alice.put(&project.path("/arrangement"), order.clone()).await.expect(204);
    alice.put(&project.path("/arrangement"), order).await.expect(204);

    let arranged = [("green.mp4", Some(&body)), ("red.mp4", Some(&body)), ("blue.mp4", None)];
    assert_eq!(clips(&project).await, arranged.map(|(name, group)| (name.to_owned(), group.cloned())));
    let groups = alice.get(&project.path("/groups")).await.expect(200).json();
    assert_eq!((&groups["items"][0]["name"], &groups["items"][1]["name"]), (&json!("Isi"), &json!("Hook")));
    let twice = json!({ "groups": [{ "id": hook, "asset_ids": [id(&red)] }], "ungrouped": [id(&red)] });
    let refused =
        alice.put(&project.path("/arrangement"), twice).await.expect_problem(422, "request.invalid");
    assert_eq!(refused["errors"][0]["code"], "video-mixer.clip_twice");
}

async fn nobody_elses_clip_or_group_can_be_arranged(studio: Arc<TestStudio>) {
    let (alice, bob) = (studio.user("alice").await, studio.user("bob").await);
    let (hers, his) = (Project::new(&alice).await, Project::new(&bob).await);
    let (her_group, his_group) = (hers.group("Hook").await, his.group("Hook").await);
    let her_clip = hers.clip("red", "red.mp4", None).await;
    let his_clip = his.clip("blue", "blue.mp4", Some(&his_group)).await;

    let foreign_clip = json!({ "groups": [{ "id": her_group, "asset_ids": [id(&his_clip)] }] });
    alice.put(&hers.path("/arrangement"), foreign_clip).await.expect_problem(404, "request.not_found");
    let foreign_group = json!({ "groups": [{ "id": his_group, "asset_ids": [id(&her_clip)] }] });
    alice.put(&hers.path("/arrangement"), foreign_group).await.expect_problem(404, "request.not_found");
    let moved =
        alice.patch(&format!("/api/v1/assets/{}", id(&her_clip)), json!({ "group_id": his_group })).await;
    assert!(moved.status.is_client_error(), "a clip cannot be put into a foreign group: {}", moved.text());
    let sent = hers.upload("red.mp4", &lumiku_testkit::clips::colored("red"), Some(&his_group)).await;
    assert!(sent.status.is_client_error(), "nor be uploaded into one: {}", sent.text());

    assert_eq!(clips(&hers).await, [("red.mp4".to_owned(), None)]);
    assert_eq!(clips(&his).await, [("blue.mp4".to_owned(), Some(his_group))]);
}

async fn a_setting_that_is_wrong_is_named(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let project = Project::new(&alice).await;
    for (settings, field) in [
        (json!({ "fps": 25 }), "settings.fps"),
        (json!({ "resolution": "8k" }), "settings.resolution"),
        (json!({ "order_mixing": "yes" }), "settings.order_mixing"),
        (json!({ "ordermixing": true }), "settings.ordermixing"),
        (json!({ "clips_per_video": 0 }), "settings.clips_per_video"),
        (json!({ "name_template": "" }), "settings.name_template"),
        (json!({ "duration": { "mode": "fixed", "seconds": 4 } }), "settings.duration.seconds"),
        (json!({ "duration": { "mode": "endless" } }), "settings.duration.mode"),
    ] {
        let request = json!({ "settings": settings, "count": 1 });
        for path in ["/quote", "/generations"] {
            let refused =
                alice.post(&project.path(path), request.clone()).await.expect_problem(422, "request.invalid");
            assert_eq!(refused["errors"][0]["field"], field, "{refused}");
            assert_eq!(refused["errors"][0]["code"], "video-mixer.bad_settings");
        }
        let kept = alice.patch(&project.path(""), json!({ "settings": settings })).await;
        assert_eq!(kept.expect_problem(422, "request.invalid")["errors"][0]["field"], field);
    }
}

async fn a_count_out_of_range_starts_nothing(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    studio.grant(&alice, 10_000).await;
    let project = Project::new(&alice).await;
    project.short("red").await;
    project.short("blue").await;
    for (count, code) in [
        (0, "video-mixer.count_out_of_range"),
        (1001, "video-mixer.count_out_of_range"),
        (3, "video-mixer.too_many_videos"),
    ] {
        let request = json!({ "settings": quick(json!({})), "count": count });
        alice.post(&project.path("/generations"), request).await.expect_problem(422, code);
    }
    let quote = project.quote(&quick(json!({})), 3).await;
    assert_eq!((&quote["count"], &quote["possible"]), (&json!(2), &json!("2")));
    assert_eq!(quote["warnings"][0]["code"], "video-mixer.count_capped");
    assert_eq!(alice.get("/api/v1/generations").await.json()["items"], json!([]));
    assert_eq!(alice.credits().await.1, 0);
}

async fn too_few_credits_say_how_many(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let project = Project::new(&alice).await;
    for color in ["red", "green", "blue", "white", "black"] {
        project.short(color).await;
    }
    let quote = project.quote(&json!({ "resolution": "4k" }), 100).await;
    assert!(quote["credits"].as_i64().is_some_and(|credits| credits > 100), "{quote}");

    let request = json!({ "settings": { "resolution": "4k" }, "count": 100 });
    let refused = alice.post(&project.path("/generations"), request).await;

    let problem = refused.expect_problem(402, "credits.insufficient");
    assert_eq!((&problem["required"], &problem["available"]), (&quote["credits"], &json!(100)));
    assert_eq!(alice.credits().await, (100, 0, 100));
}

async fn a_copy_has_its_own_groups_with_the_same_clips(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let project = Project::with_three_groups(&alice).await;
    let copy = alice.post(&project.path("/duplicate"), json!({})).await.expect(201);
    let copy = Project { actor: &alice, id: copy.id() };

    let groups =
        async |project: &Project<'_>| alice.get(&project.path("/groups")).await.json()["items"].clone();
    let (ours, theirs) = (groups(&project).await, groups(&copy).await);
    let (before, after) = (clips(&project).await, clips(&copy).await);
    assert_eq!((after.len(), theirs.as_array().map(Vec::len)), (6, Some(3)));
    for ((name, group), (copied_name, copied_group)) in before.iter().zip(&after) {
        assert_eq!(name, copied_name);
        assert_ne!(group, copied_group, "the copy's groups are its own");
        let name_in = |groups: &Value, id: &Option<String>| {
            let found =
                groups.as_array().expect("groups").iter().find(|group| group["id"].as_str() == id.as_deref());
            found.expect("the clip's group")["name"].clone()
        };
        assert_eq!(name_in(&ours, group), name_in(&theirs, copied_group));
    }
    alice
        .delete(&copy.path(&format!("/groups/{}", theirs[0]["id"].as_str().expect("an id"))))
        .await
        .expect(204);
    assert_eq!(groups(&project).await, ours);
}

async fn what_is_missing_is_told_by_the_quote_before_the_run(studio: Arc<TestStudio>) {
    let alice = studio.user("alice").await;
    let project = Project::new(&alice).await;
    let blocked = async |settings: Value, code: &str| {
        let quote = project.quote(&settings, 1).await;
        assert_eq!((&quote["count"], &quote["credits"]), (&json!(0), &json!(0)));
        assert_eq!(quote["blockers"][0]["code"], code, "{quote}");
        let request = json!({ "settings": settings, "count": 1 });
        alice.post(&project.path("/generations"), request).await.expect_problem(422, code);
    };
    blocked(json!({}), "video-mixer.no_clips").await;
    project.short("red").await;
    blocked(json!({ "group_mixing": "random" }), "video-mixer.no_groups").await;
    project.group("Hook").await;
    blocked(json!({ "group_mixing": "sequential" }), "video-mixer.group_empty").await;
    blocked(json!({ "clips_per_video": 2 }), "video-mixer.too_few_clips").await;
    blocked(json!({ "name_template": "{hok}" }), "video-mixer.unknown_name_token").await;
}
