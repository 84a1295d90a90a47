//! The engine against real ffmpeg, on clips of a second made by its own generators.

mod accept;
mod cancel;
mod conform;
mod join;
mod studio;
mod thumbnail;
