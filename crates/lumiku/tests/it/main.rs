//! The whole program, started as people start it: real processes, real HTTP, real ffmpeg.

mod client;
mod commands;
mod crashes;
mod doctor;
mod events;
mod first_run;
mod home;
mod logs;
mod main_job;
mod memory;
mod mixing;
mod program;
mod settings;
mod shutdown;
mod two_processes;
mod waiting;
