//! The sample project's clips, inside the binary: a new installation has something to mix before any upload.

use lumiku_core::{GroupId, ProjectId, UserId};
use lumiku_sdk::projects::{self, NewProject};
use lumiku_sdk::{ApiError, AppContext};
use lumiku_storage::NewUpload;

use crate::ID;
use crate::domain::MixerSettings;
use crate::domain::settings::GroupMixing;
use crate::store::{self, GroupRow};

const NAME: &str = "Kopi Sore";
const HUES: [i64; 3] = [255, 185, 25];

/// Makes the sample project of a user. It lies in the trash until its last clip is in, so that nobody
/// ever sees half of it; of two calls at once the second gets the project of the first.
pub async fn create(context: &AppContext, user: UserId) -> Result<ProjectId, ApiError> {
    let now = context.ambient.now();
    let settings = MixerSettings { group_mixing: GroupMixing::Sequential, ..MixerSettings::default() };
    let project = NewProject {
        id: context.ambient.id(),
        user_id: user,
        app: ID.into(),
        name: NAME.into(),
        description: String::new(),
        settings: serde_json::json!(settings),
        sample: true,
        now,
    };
    let groups = groups(context);
    let tx = context.db.write_tx().await?;
    // Deleted from the start: `insert` and the unique index of sample projects must not meet.
    projects::insert_deleted(&tx, &project).await?;
    for group in &groups {
        store::insert_group(&tx, project.id, group, now).await?;
    }
    tx.commit().await?;
    for clip in CLIPS {
        let new = NewUpload {
            user_id: user,
            project_id: project.id,
            role: "clip".into(),
            group_id: groups.iter().find(|group| group.name == clip.group).map(|group| group.id),
            name: clip.file_name.into(),
        };
        let body = futures::stream::once(async { Ok::<_, std::io::Error>(clip.bytes.into()) });
        let length = Some(clip.bytes.len() as i64);
        context.storage.uploads().accept_stream(new, length, body).await?;
    }
    let tx = context.db.write_tx().await?;
    match projects::set_deleted(&tx, user, ID, project.id, None).await {
        Ok(_) => tx.commit().await?,
        Err(error) if error.is_unique_violation() => {
            tx.rollback().await?;
            remove_twin(context, user, project.id).await?;
            let first = projects::find_sample(&context.db, user, ID).await?;
            return first.map(|project| project.id).ok_or_else(|| ApiError::internal(&error));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(project.id)
}

/// The project of the slower of two calls goes, clips, groups and all.
async fn remove_twin(context: &AppContext, user: UserId, id: ProjectId) -> Result<(), ApiError> {
    context.storage.purge_project(user, id).await?;
    let tx = context.db.write_tx().await?;
    store::delete_groups(&tx, id).await?;
    projects::delete(&tx, user, ID, id).await?;
    tx.commit().await?;
    Ok(())
}

fn groups(context: &AppContext) -> Vec<GroupRow> {
    let mut names: Vec<&str> = CLIPS.iter().map(|clip| clip.group).collect();
    names.dedup();
    let rows = names.into_iter().zip(1..).zip(HUES);
    rows.map(|((name, position), hue)| GroupRow {
        id: context.ambient.id::<GroupId>(),
        name: name.into(),
        position,
        hue,
    })
    .collect()
}

/// One clip of the sample project and the group it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct SampleClip {
    pub file_name: &'static str,
    pub group: &'static str,
    pub bytes: &'static [u8],
}

/// In project order; groups in order of first appearance.
pub const CLIPS: [SampleClip; 6] = [
    SampleClip {
        file_name: "hook-sore-gerah.mp4",
        group: "Hook",
        bytes: include_bytes!("../sample/hook-sore-gerah.mp4"),
    },
    SampleClip {
        file_name: "hook-jam-tiga-sore.mp4",
        group: "Hook",
        bytes: include_bytes!("../sample/hook-jam-tiga-sore.mp4"),
    },
    SampleClip {
        file_name: "isi-gula-aren.mp4",
        group: "Isi",
        bytes: include_bytes!("../sample/isi-gula-aren.mp4"),
    },
    SampleClip {
        file_name: "isi-manisnya-pas.mp4",
        group: "Isi",
        bytes: include_bytes!("../sample/isi-manisnya-pas.mp4"),
    },
    SampleClip {
        file_name: "ajakan-pesan-sekarang.mp4",
        group: "Ajakan",
        bytes: include_bytes!("../sample/ajakan-pesan-sekarang.mp4"),
    },
    SampleClip {
        file_name: "ajakan-beli-dua.mp4",
        group: "Ajakan",
        bytes: include_bytes!("../sample/ajakan-beli-dua.mp4"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clips_are_small_mp4_files_in_groups_of_two() {
        for clip in CLIPS {
            assert_eq!(&clip.bytes[4..8], b"ftyp", "{}", clip.file_name);
            assert!(clip.bytes.len() <= 250_000, "{} has {} bytes", clip.file_name, clip.bytes.len());
            assert!(clip.file_name.starts_with(&clip.group.to_lowercase()));
            assert_eq!(CLIPS.iter().filter(|other| other.group == clip.group).count(), 2);
        }
    }
}
