import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Quote } from '$lib/api/types';
import { SettingsDraft } from './draft.svelte';
import { nextIndex } from './grid';
import { zipUrl } from './links';
import { affordable, LiveQuote } from './quote.svelte';
import { Selection } from './selection.svelte';
import { frameSeconds } from './transport.svelte';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the live quote', () => {
	const quote = (count: number) => ({ count }) as Quote;

	it('asks once for a burst of changes, well within 150 ms', async () => {
		const fetch = vi.fn((n: number) => Promise.resolve(quote(n)));
		const live = new LiveQuote(fetch);
		live.ask(1);
		await vi.advanceTimersByTimeAsync(0);
		for (const n of [2, 3, 4]) live.ask(n);
		expect(live.stale).toBe(true);
		await vi.advanceTimersByTimeAsync(100);
		expect(fetch).toHaveBeenCalledTimes(2);
		expect(live.quote?.count).toBe(4);
		expect(live.stale).toBe(false);
	});
	it('drops the answer to an older question, however late it comes', async () => {
		const answers: ((q: Quote) => void)[] = [];
		const live = new LiveQuote((_n: number) => new Promise<Quote>((done) => answers.push(done)));
		live.ask(1);
		await vi.advanceTimersByTimeAsync(100);
		live.ask(2);
		await vi.advanceTimersByTimeAsync(100);
		answers[1]?.(quote(2));
		answers[0]?.(quote(1));
		await vi.advanceTimersByTimeAsync(0);
		expect(live.quote?.count).toBe(2);
	});
	it('keeps the last price on screen when a question fails, and can ask again', async () => {
		let fail = false;
		const live = new LiveQuote((n: number) => (fail ? Promise.reject(new Error('x')) : Promise.resolve(quote(n))));
		live.ask(1);
		await vi.advanceTimersByTimeAsync(100);
		fail = true;
		live.ask(2);
		await vi.advanceTimersByTimeAsync(100);
		expect(live.failure).toBeInstanceOf(Error);
		expect(live.quote?.count).toBe(1);
		fail = false;
		live.again();
		await vi.advanceTimersByTimeAsync(100);
		expect(live.failure).toBeNull();
		expect(live.quote?.count).toBe(2);
	});
	it('knows the largest count the credits pay for', () => {
		expect(affordable({ credits_each: 4 }, 100)).toBe(25);
		expect(affordable({ credits_each: 4 }, 3)).toBe(0);
		expect(affordable({ credits_each: 0 }, 0)).toBe(Infinity);
	});
});

describe('a settings draft', () => {
	const start = { fps: 30, ratio: '9:16' };

	it('saves a while after the last change and says so', async () => {
		const save = vi.fn(() => Promise.resolve());
		const draft = new SettingsDraft(start, save);
		draft.set({ fps: 60 });
		draft.set({ ratio: '1:1' });
		expect(draft.status).toBe('saving');
		await vi.advanceTimersByTimeAsync(500);
		expect(save).toHaveBeenCalledExactlyOnceWith({ fps: 60, ratio: '1:1' });
		expect(draft.status).toBe('saved');
	});
	it('undoes and redoes step by step, with a dragged slider as one step', async () => {
		const draft = new SettingsDraft(start, () => Promise.resolve());
		draft.set({ ratio: '1:1' }, 0);
		draft.set({ fps: 40 }, 5000);
		draft.set({ fps: 50 }, 5100);
		draft.set({ fps: 60 }, 5200);
		draft.undo();
		expect(draft.value).toEqual({ fps: 30, ratio: '1:1' });
		draft.undo();
		expect(draft.value).toEqual(start);
		expect(draft.canUndo).toBe(false);
		draft.redo();
		draft.redo();
		expect(draft.value).toEqual({ fps: 60, ratio: '1:1' });
	});
	it('keeps what could not be saved and saves it when asked again', async () => {
		let down = true;
		const draft = new SettingsDraft(start, () => (down ? Promise.reject(new Error('offline')) : Promise.resolve()));
		draft.set({ fps: 60 });
		await vi.advanceTimersByTimeAsync(500);
		expect(draft.status).toBe('failed');
		expect(draft.value.fps).toBe(60);
		down = false;
		await draft.flush();
		expect(draft.status).toBe('saved');
	});
});

describe('a selection', () => {
	const order = ['a', 'b', 'c', 'd'];

	it('takes ranges from the last one touched, in either direction', () => {
		const selection = new Selection();
		selection.toggle('c');
		selection.range('a', order);
		expect([...selection.ids].sort()).toEqual(['a', 'b', 'c']);
	});
	it('takes all, forgets what left the screen, and clears', () => {
		const selection = new Selection();
		selection.all(order);
		selection.keep(['b']);
		expect([...selection.ids]).toEqual(['b']);
		selection.clear();
		expect(selection.size).toBe(0);
	});
});

describe('the results grid', () => {
	it('moves by arrows within its edges', () => {
		expect(nextIndex('ArrowDown', 1, 8, 3)).toBe(4);
		expect(nextIndex('ArrowDown', 6, 8, 3)).toBe(6);
		expect(nextIndex('ArrowLeft', 0, 8, 3)).toBe(0);
		expect(nextIndex('End', 0, 8, 3)).toBe(7);
		expect(nextIndex('a', 0, 8, 3)).toBeNull();
	});
	it('asks for an archive of exactly what was chosen', () => {
		expect(zipUrl('g', 'approved')).toBe('/api/v1/generations/g/zip?outputs=approved');
		expect(zipUrl('g', ['x', 'y'])).toBe('/api/v1/generations/g/zip?outputs=x,y');
	});
	it('steps by the exact length of a frame', () => {
		expect(frameSeconds('30000/1001')).toBeCloseTo(0.0333667, 6);
		expect(frameSeconds('')).toBeCloseTo(1 / 30);
	});
});
