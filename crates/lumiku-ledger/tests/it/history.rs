use lumiku_core::{PageRequest, UserId};
use lumiku_ledger::{EntryKind, EntryView, GrantKind, MIGRATIONS};
use lumiku_testdb::TestDb;
use uuid::Uuid;

use crate::studio::{ledger, user_with};

lumiku_testdb::on_both_engines! { MIGRATIONS;
    the_history_tells_every_movement_with_its_sign_newest_first,
    the_history_is_paged_and_shows_nobody_elses_entries,
}

async fn the_history_tells_every_movement_with_its_sign_newest_first(db: TestDb) {
    let ledger = ledger();
    let user = user_with(&ledger, &db, 100).await;
    let generation = Uuid::from_u128(77);
    let tx = db.write_tx().await.unwrap();
    let hold = ledger.hold(&tx, user, 60, "8 videos", Some(generation), "run").await.unwrap();
    ledger.capture(&tx, hold, 45).await.unwrap();
    ledger.grant(&tx, user, 5, GrantKind::Adjustment, "Sorry for the noise", "ticket-1").await.unwrap();
    tx.commit().await.unwrap();

    let history = ledger.list_entries(&db.db, user, PageRequest::default()).await.unwrap();

    let told: Vec<_> =
        history.items.iter().map(|e| (e.kind, e.amount, e.balance_after, e.generation_id)).collect();
    let run = Some(generation);
    assert_eq!(
        told,
        [
            (EntryKind::Adjust, 5, Some(60), None),
            (EntryKind::Release, 15, None, run),
            (EntryKind::Capture, -45, Some(55), run),
            (EntryKind::Hold, -60, None, run),
            (EntryKind::Grant, 100, Some(100), None),
        ]
    );
    let json = serde_json::to_value(&history.items[3]).unwrap();
    assert_eq!(json["kind"], "hold");
    assert_eq!(json["generation_id"], generation.to_string());
    assert!(json.get("balance_after").is_none());
}

async fn the_history_is_paged_and_shows_nobody_elses_entries(db: TestDb) {
    let ledger = ledger();
    let (user, other) = (user_with(&ledger, &db, 1).await, user_with(&ledger, &db, 9).await);
    let tx = db.write_tx().await.unwrap();
    for i in 2..=5 {
        ledger.grant(&tx, user, i, GrantKind::Bonus, "Bonus", &format!("bonus-{i}")).await.unwrap();
    }
    tx.commit().await.unwrap();

    let mut request = PageRequest { cursor: None, limit: Some(2) };
    let mut seen = Vec::new();
    loop {
        let page = ledger.list_entries(&db.db, user, request).await.unwrap();
        seen.extend(page.items.iter().map(|entry: &EntryView| entry.amount));
        let Some(cursor) = page.next_cursor else { break };
        request.cursor = Some(cursor);
    }

    assert_eq!(seen, [5, 4, 3, 2, 1]);
    let others = ledger.list_entries(&db.db, other, PageRequest::default()).await.unwrap();
    assert_eq!(others.items.len(), 1);
    let strangers = ledger.list_entries(&db.db, UserId(Uuid::nil()), PageRequest::default()).await.unwrap();
    assert!(strangers.items.is_empty() && strangers.next_cursor.is_none());
}
