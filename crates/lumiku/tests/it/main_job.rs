//! The main job, from an empty machine to eight videos in a ZIP.

use serde_json::json;

use crate::home::Home;
use crate::mixing;

#[tokio::test]
async fn a_newcomer_gets_eight_videos_of_the_sample_as_a_zip() {
    let home = Home::sqlite();
    let (mut server, client) = home.serve_and_set_up(&[]).await;
    let project = mixing::sample(&client).await;
    let settings = json!({ "resolution": "480p" });
    let path = format!("/apps/video-mixer/projects/{project}/quote");
    let quote = client.post(&path, json!({ "settings": settings, "count": 8 })).await.json(200).await;

    let run = mixing::start(&client, &project, settings, 8).await;
    let done = mixing::finished(&client, &mixing::id_of(&run)).await;

    let each = quote["credits_each"].as_i64().expect("a price");
    mixing::assert_complete(&done, 8, each);
    assert_eq!(client.get("/credits").await.json(200).await["balance"], 100 - 8 * each);
    mixing::assert_zip_is_whole(&home, &client, &mixing::id_of(&run), 8).await;
    assert!(home.run(&["credits", "verify"]).succeeded().contains("0 violations"));
    server.stop();
}
