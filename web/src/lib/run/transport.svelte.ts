/** What a player's keys do to a video: play, shuttle, jump and step by exactly one frame. */

export class Transport {
	playing = $state(false);
	time = $state(0);
	duration = $state(0);
	muted = $state(false);
	/** Frames per second as a fraction, because 29.97 is not a number computers can hold. */
	rate = '30/1';
	#video: HTMLVideoElement | null = null;

	attach = (video: HTMLVideoElement): (() => void) => {
		this.#video = video;
		video.muted = this.muted;
		const sync = () => {
			this.playing = !video.paused;
			this.time = video.currentTime;
			this.duration = Number.isFinite(video.duration) ? video.duration : 0;
		};
		const events = ['play', 'pause', 'timeupdate', 'seeked', 'loadedmetadata', 'durationchange'];
		for (const name of events) video.addEventListener(name, sync);
		// A browser that refuses sound before the first touch still plays, silently.
		video.play().catch(() => {
			this.setMuted(true);
			video.play().catch(() => {});
		});
		return () => {
			for (const name of events) video.removeEventListener(name, sync);
			if (this.#video === video) this.#video = null;
		};
	};
	toggle(): void {
		const video = this.#video;
		if (!video) return;
		if (video.paused) {
			video.playbackRate = 1;
			void video.play().catch(() => {});
		} else video.pause();
	}
	seek(to: number): void {
		if (this.#video) this.#video.currentTime = Math.min(this.duration, Math.max(0, to));
	}
	step(frames: number): void {
		this.#video?.pause();
		// To the middle of a frame: an exact boundary may show either neighbour.
		const length = frameSeconds(this.rate);
		const frame = Math.floor(((this.#video?.currentTime ?? 0) + 1e-4) / length);
		this.seek((frame + frames + 0.5) * length);
	}
	setMuted(muted: boolean): void {
		this.muted = muted;
		if (this.#video) this.#video.muted = muted;
	}
	/** Returns whether the key was one of the player's. */
	key(key: string): boolean {
		const now = this.#video?.currentTime ?? 0;
		const actions: Record<string, () => void> = {
			' ': () => this.toggle(),
			k: () => this.#video?.pause(),
			j: () => this.seek(now - 2),
			l: () => this.#faster(),
			arrowleft: () => this.seek(now - 5),
			arrowright: () => this.seek(now + 5),
			',': () => this.step(-1),
			'.': () => this.step(1),
			m: () => this.setMuted(!this.muted)
		};
		const action = actions[key];
		action?.();
		return action !== undefined;
	}
	/** L plays; pressed again it doubles the speed, up to four times. */
	#faster(): void {
		const video = this.#video;
		if (!video) return;
		video.playbackRate = video.paused ? 1 : Math.min(4, video.playbackRate * 2);
		void video.play().catch(() => {});
	}
}

export function frameSeconds(rate: string): number {
	const [n, d] = rate.split('/').map(Number);
	return n ? (d || 1) / n : 1 / 30;
}
