DROP TABLE video_mixer_groups;
