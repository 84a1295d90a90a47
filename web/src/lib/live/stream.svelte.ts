/**
 * One connection for everything that changes while you look. When server-sent events fail, the same listeners are
 * woken every two seconds to refetch instead; after a reconnect they refetch once, so nothing missed stays missed.
 */
import type { Credits, Generation, Output, Progress } from '$lib/api/types';

export interface LiveEvents {
	'generation.progress': {
		generation_id: string;
		progress: Progress;
		output?: { id: string; progress: number };
	};
	'generation.output': { generation_id: string; output: Output };
	'generation.state': {
		generation_id: string;
		state: Generation['state'];
		credits: Generation['credits'];
	};
	'credits.changed': Credits;
}
type Name = keyof LiveEvents;
type Listener<N extends Name> = (data: LiveEvents[N]) => void;

const names: Name[] = ['generation.progress', 'generation.output', 'generation.state', 'credits.changed'];
const pollEveryMs = 2000;
/** A stream that stays silent this long after an error is taken for lost (a comment comes every 15 s). */
const graceMs = 4000;

class Stream {
	status = $state<'closed' | 'live' | 'polling'>('closed');
	online = $state(true);

	#source: EventSource | null = null;
	#listeners = new Map<Name, Set<(data: never) => void>>();
	#refetchers = new Set<() => void>();
	#poll: ReturnType<typeof setInterval> | undefined;
	#grace: ReturnType<typeof setTimeout> | undefined;
	#dropped = false;

	on<N extends Name>(name: N, listener: Listener<N>): () => void {
		const set = this.#listeners.get(name) ?? new Set();
		this.#listeners.set(name, set);
		set.add(listener as (data: never) => void);
		return () => set.delete(listener as (data: never) => void);
	}
	/** Called after every reconnect, and every two seconds while there is no stream. */
	onStale(refetch: () => void): () => void {
		this.#refetchers.add(refetch);
		return () => this.#refetchers.delete(refetch);
	}
	open(): void {
		if (this.#source) return;
		this.online = navigator.onLine;
		addEventListener('online', this.#back);
		addEventListener('offline', this.#away);
		this.#connect();
	}
	close(): void {
		removeEventListener('online', this.#back);
		removeEventListener('offline', this.#away);
		this.#source?.close();
		this.#source = null;
		this.#stopPolling();
		clearTimeout(this.#grace);
		this.status = 'closed';
	}
	#connect(): void {
		const source = new EventSource('/api/v1/events');
		this.#source = source;
		source.onopen = () => {
			clearTimeout(this.#grace);
			this.#grace = undefined;
			this.#stopPolling();
			this.status = 'live';
			if (this.#dropped) this.#refetch();
			this.#dropped = false;
		};
		source.onerror = () => {
			this.#dropped = true;
			this.#grace ??= setTimeout(() => this.#startPolling(), graceMs);
			// A refused stream (a proxy, an ended session) closes for good: ask again later ourselves.
			if (source.readyState === EventSource.CLOSED) {
				setTimeout(() => {
					if (this.#source === source) this.#connect();
				}, 10_000);
			}
		};
		for (const name of names) {
			source.addEventListener(name, (event) => {
				const data = JSON.parse((event as MessageEvent<string>).data) as never;
				for (const listener of this.#listeners.get(name) ?? []) listener(data);
			});
		}
	}
	#startPolling(): void {
		if (this.#poll || !this.#source) return;
		this.status = 'polling';
		this.#poll = setInterval(() => {
			if (navigator.onLine && !document.hidden) this.#refetch();
		}, pollEveryMs);
	}
	#stopPolling(): void {
		clearInterval(this.#poll);
		this.#poll = undefined;
	}
	#refetch(): void {
		for (const refetch of this.#refetchers) refetch();
	}
	#back = (): void => {
		this.online = true;
		this.#refetch();
	};
	#away = (): void => {
		this.online = false;
	};
}
export const stream = new Stream();
