/** Settings that save themselves, say so, and can be taken back step by step. */

export type SaveStatus = 'saved' | 'saving' | 'failed';
const settleMs = 400;
/** Changes to one control in quick succession (a slider being dragged) are one step of undo. */
const mergeMs = 700;

export class SettingsDraft<S extends object> {
	#value = $state.raw<S>() as S;
	#past = $state.raw<S[]>([]);
	#future = $state.raw<S[]>([]);
	status = $state<SaveStatus>('saved');

	#save: (value: S) => Promise<unknown>;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#lastKey = '';
	#lastAt = 0;
	#turn = 0;

	constructor(value: S, save: (value: S) => Promise<unknown>) {
		this.#value = value;
		this.#save = save;
	}
	get value(): S {
		return this.#value;
	}
	get canUndo(): boolean {
		return this.#past.length > 0;
	}
	get canRedo(): boolean {
		return this.#future.length > 0;
	}
	set(change: Partial<S>, now = Date.now()): void {
		const key = Object.keys(change).sort().join();
		const merge = key === this.#lastKey && now - this.#lastAt < mergeMs && this.#past.length > 0;
		if (!merge) this.#past = [...this.#past, this.#value].slice(-100);
		this.#lastKey = key;
		this.#lastAt = now;
		this.#future = [];
		this.#put({ ...this.#value, ...change });
	}
	undo(): void {
		const before = this.#past.at(-1);
		if (!before) return;
		this.#past = this.#past.slice(0, -1);
		this.#future = [...this.#future, this.#value];
		this.#lastKey = '';
		this.#put(before);
	}
	redo(): void {
		const after = this.#future.at(-1);
		if (!after) return;
		this.#future = this.#future.slice(0, -1);
		this.#past = [...this.#past, this.#value];
		this.#lastKey = '';
		this.#put(after);
	}
	/** Saves what waits to be saved now; a run must start from what the screen shows. */
	async flush(): Promise<void> {
		if (this.status === 'saved') return;
		clearTimeout(this.#timer);
		await this.#write();
	}
	#put(value: S): void {
		this.#value = value;
		this.status = 'saving';
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => void this.#write(), settleMs);
	}
	async #write(): Promise<void> {
		const turn = ++this.#turn;
		try {
			await this.#save(this.#value);
			if (turn === this.#turn) this.status = 'saved';
		} catch {
			// Kept on screen and tried again with the next change, on reconnect, or before a run.
			if (turn === this.#turn) this.status = 'failed';
		}
	}
}
