/** Uploads of one project: three at a time, each with its own progress, pause, and reason when it is refused. */
import type { Problem } from '$lib/api/types';

export type UploadState = 'waiting' | 'sending' | 'checking' | 'paused' | 'done' | 'refused' | 'stopped';

export interface Upload {
	id: number;
	file: File;
	groupId: string | null;
	state: UploadState;
	sent: number;
	/** Bytes that lay on the server already when this attempt began, and when it began: for an honest ETA. */
	startedAt: number;
	startedFrom: number;
	problem: Problem | null;
}
export interface Handlers {
	progress(sent: number): void;
	done(assetId: string | null): void;
	failed(problem: Problem, final: boolean): void;
}
/** Starts sending and returns the way to stop; what was sent stays on the server. */
export type Transport = (upload: Upload, handlers: Handlers) => { stop(discard: boolean): void };

const parallel = 3;
const running: ReadonlySet<UploadState> = new Set(['sending', 'checking']);
const idle: ReadonlySet<UploadState> = new Set(['done', 'refused']);

export class UploadQueue {
	list = $state.raw<Upload[]>([]);
	#next = 1;
	#active = new Map<number, { stop(discard: boolean): void }>();
	#transport: Transport;
	#check: (file: File) => string | null;
	#onDone: (assetId: string | null, upload: Upload) => void;
	#onRefused: (upload: Upload) => void;

	constructor(options: {
		transport: Transport;
		check: (file: File) => string | null;
		onDone: (assetId: string | null, upload: Upload) => void;
		onRefused?: (upload: Upload) => void;
	}) {
		this.#transport = options.transport;
		this.#check = options.check;
		this.#onDone = options.onDone;
		this.#onRefused = options.onRefused ?? (() => {});
	}
	get busy(): boolean {
		return this.list.some((u) => !idle.has(u.state) && u.state !== 'stopped' && u.state !== 'paused');
	}
	get unfinished(): number {
		return this.list.filter((u) => !idle.has(u.state)).length;
	}
	add(file: File, groupId: string | null = null): void {
		const code = this.#check(file);
		const upload: Upload = {
			id: this.#next++,
			file,
			groupId,
			state: code ? 'refused' : 'waiting',
			sent: 0,
			startedAt: 0,
			startedFrom: -1,
			problem: code ? { status: 0, code } : null
		};
		this.list = [...this.list, upload];
		if (code) this.#onRefused(upload);
		this.#pump();
	}
	pause(id: number): void {
		this.#active.get(id)?.stop(false);
		this.#active.delete(id);
		this.#set(id, { state: 'paused' });
		this.#pump();
	}
	resume(id: number): void {
		this.#set(id, { state: 'waiting', problem: null });
		this.#pump();
	}
	pauseAll(): void {
		const open = this.list.filter((u) => u.state === 'waiting' || running.has(u.state));
		for (const { id } of open) {
			this.#active.get(id)?.stop(false);
			this.#active.delete(id);
			this.#set(id, { state: 'paused' });
		}
	}
	resumeAll(): void {
		for (const u of this.list) {
			if (u.state === 'paused' || u.state === 'stopped') this.#set(u.id, { state: 'waiting', problem: null });
		}
		this.#pump();
	}
	remove(id: number): void {
		this.#active.get(id)?.stop(true);
		this.#active.delete(id);
		this.list = this.list.filter((u) => u.id !== id);
		this.#pump();
	}
	clearFinished(): void {
		this.list = this.list.filter((u) => !idle.has(u.state));
	}
	/** What became a clip is visible as one; only what went wrong stays to be read. */
	clearDone(): void {
		this.list = this.list.filter((u) => u.state !== 'done');
	}
	#find(id: number): Upload | undefined {
		return this.list.find((u) => u.id === id);
	}
	#set(id: number, change: Partial<Upload>): void {
		this.list = this.list.map((u) => (u.id === id ? { ...u, ...change } : u));
	}
	#pump(): void {
		for (const upload of this.list) {
			if (this.#active.size >= parallel) return;
			if (upload.state === 'waiting') this.#start(upload);
		}
	}
	#start({ id }: Upload): void {
		this.#set(id, { state: 'sending', startedAt: Date.now(), startedFrom: -1 });
		const upload = this.#find(id);
		if (!upload) return;
		const live = () => this.#active.has(id);
		const end = () => {
			this.#active.delete(id);
			queueMicrotask(() => this.#pump());
		};
		const handlers: Handlers = {
			progress: (sent) => {
				const now = this.#find(id);
				if (!live() || !now) return;
				const state = sent >= now.file.size ? 'checking' : 'sending';
				this.#set(id, { sent, state, startedFrom: now.startedFrom < 0 ? sent : now.startedFrom });
			},
			done: (assetId) => {
				if (!live()) return;
				this.#set(id, { state: 'done', sent: upload.file.size });
				end();
				this.#onDone(assetId, upload);
			},
			failed: (problem, final) => {
				if (!live()) return;
				this.#set(id, { state: final ? 'refused' : 'stopped', problem });
				end();
				const now = this.#find(id);
				if (final && now) this.#onRefused(now);
			}
		};
		// Registered before it starts: a transport may answer at once.
		this.#active.set(id, { stop: () => {} });
		const handle = this.#transport(upload, handlers);
		if (live()) this.#active.set(id, handle);
	}
}

/** Seconds left at the pace of this attempt, once there is a pace to speak of. */
export function secondsLeft(upload: Upload, now = Date.now()): number | null {
	const sent = upload.sent - upload.startedFrom;
	const seconds = (now - upload.startedAt) / 1000;
	if (upload.state !== 'sending' || upload.startedFrom < 0 || sent <= 0 || seconds < 1) return null;
	return (upload.file.size - upload.sent) / (sent / seconds);
}
