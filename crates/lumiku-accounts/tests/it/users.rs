use lumiku_accounts::{AccountsError, Locale, MIGRATIONS, ProfileChange, Role, Theme};
use lumiku_core::{Explain, PageRequest, UserId};
use lumiku_testdb::TestDb;

use crate::studio::Studio;

lumiku_testdb::on_both_engines! { MIGRATIONS;
    a_profile_changes_only_where_asked,
    roles_and_tags_are_given_by_operators,
    users_are_found_by_address_and_listed_newest_first,
    what_is_not_there_cannot_be_changed,
    the_migrations_can_be_taken_back_and_applied_again,
}

async fn a_profile_changes_only_where_asked(db: TestDb) {
    let studio = Studio::over(db);
    let user = studio.user("rina@example.com").await;

    let change = ProfileChange { name: Some(" Bu Rina ".into()), ..ProfileChange::default() };
    let renamed = studio.accounts.update_profile(user.id, &change).await.unwrap();
    let change = ProfileChange { locale: Some(Locale::En), theme: Some(Theme::Dark), name: None };
    let changed = studio.accounts.update_profile(user.id, &change).await.unwrap();
    let bad = ProfileChange { name: Some("x".repeat(101)), ..ProfileChange::default() };
    let refused = studio.accounts.update_profile(user.id, &bad).await.unwrap_err();

    assert_eq!(
        (renamed.name.as_str(), renamed.locale, renamed.theme),
        ("Bu Rina", Locale::Id, Theme::System)
    );
    assert_eq!((changed.name.as_str(), changed.locale, changed.theme), ("Bu Rina", Locale::En, Theme::Dark));
    assert_eq!(refused.problem().errors[0].code, "auth.name_too_long");
    assert_eq!(studio.accounts.find_user(user.id).await.unwrap(), Some(changed));
}

async fn roles_and_tags_are_given_by_operators(db: TestDb) {
    let studio = Studio::over(db);
    let user = studio.user("rina@example.com").await;

    let promoted = studio.accounts.update_role(user.id, Role::Admin).await.unwrap();
    let tagged = studio.accounts.update_tags(user.id, &["beta_tester".into(), "a".into()]).await.unwrap();
    let refused = studio.accounts.update_tags(user.id, &["No Good".into()]).await.unwrap_err();

    assert!(promoted.is_admin() && tagged.is_admin());
    assert!(tagged.has_tag("beta_tester") && !tagged.has_tag("enterprise_unlimited"));
    assert!(matches!(refused, AccountsError::Invalid(_)));
    assert_eq!(studio.accounts.find_user(user.id).await.unwrap().unwrap().tags, ["a", "beta_tester"]);
}

async fn users_are_found_by_address_and_listed_newest_first(db: TestDb) {
    let studio = Studio::over(db);
    let (first, second) = (studio.user("rina@example.com").await, studio.user("budi@example.com").await);

    let found = studio.accounts.find_user_by_email(" RINA@example.com").await.unwrap();
    let page = studio.accounts.list_users(PageRequest::default()).await.unwrap();

    assert_eq!(found.map(|user| user.id), Some(first.id));
    assert_eq!(page.items.iter().map(|user| user.id).collect::<Vec<_>>(), [second.id, first.id]);
    assert!(studio.accounts.find_user_by_email("nobody@example.com").await.unwrap().is_none());
}

async fn what_is_not_there_cannot_be_changed(db: TestDb) {
    let studio = Studio::over(db);
    let nobody = UserId(uuid::Uuid::from_u128(5));

    let results = [
        studio.accounts.update_role(nobody, Role::Admin).await,
        studio.accounts.update_profile(nobody, &ProfileChange::default()).await,
        studio.accounts.reset_password(nobody, &"es teh manis".into()).await,
    ];

    assert!(results.iter().all(|result| matches!(result, Err(AccountsError::UserNotFound))));
}

async fn the_migrations_can_be_taken_back_and_applied_again(db: TestDb) {
    db.migrate_down_to(MIGRATIONS, 0).await.unwrap();
    db.migrate_up(MIGRATIONS).await.unwrap();
    Studio::over(db).user("rina@example.com").await;
}
