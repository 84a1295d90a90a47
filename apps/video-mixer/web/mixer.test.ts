import { describe, expect, it } from 'vitest';
import type { Asset, Group } from '$lib/api/types';
import { arrangementOf, assetsOf, columnsOf, moveClip, placeOf } from './arrangement';
import { insertAt } from './material/drag.svelte';
import { groupToken } from './names';
import { drawCombination } from './result/draw';
import { clipUses } from './result/uses';
import { priceOf, readSettings } from './settings';

const group = (id: string, position: number): Group => ({ id, name: id, position, hue: 255 });
const clip = (id: string, groupId: string | null, position: number) =>
	({ id, name: id, group_id: groupId, position, duration_ms: 1000 }) as Asset;

const groups = [group('isi', 1), group('hook', 0)];
const clips = [clip('b', 'hook', 1), clip('a', 'hook', 0), clip('c', 'isi', 0), clip('x', null, 0), clip('y', 'gone', 0)];
const board = () => columnsOf(groups, clips);
const shape = (columns: ReturnType<typeof board>) => columns.map((c) => [c.group?.id ?? '-', c.clips.map((a) => a.id).join('')]);

describe('the board', () => {
	it('shows groups in their order and keeps clips of a lost group in sight', () => {
		expect(shape(board())).toEqual([['hook', 'ab'], ['isi', 'c'], ['-', 'xy']]);
	});
	it('moves a clip within its group, to another and out of all of them', () => {
		expect(shape(moveClip(board(), 'a', 'hook', 1))).toEqual([['hook', 'ba'], ['isi', 'c'], ['-', 'xy']]);
		expect(shape(moveClip(board(), 'a', 'isi', 0))).toEqual([['hook', 'b'], ['isi', 'ac'], ['-', 'xy']]);
		expect(shape(moveClip(board(), 'a', null, 99))).toEqual([['hook', 'b'], ['isi', 'c'], ['-', 'xya']]);
	});
	it('leaves everything alone when the clip is unknown', () => {
		expect(shape(moveClip(board(), 'nobody', 'isi', 0))).toEqual(shape(board()));
	});
	it('writes the whole order for the server, every clip exactly once', () => {
		const sent = arrangementOf(moveClip(board(), 'x', 'isi', 1));
		expect(sent).toEqual({
			groups: [{ id: 'hook', asset_ids: ['a', 'b'] }, { id: 'isi', asset_ids: ['c', 'x'] }],
			ungrouped: ['y']
		});
	});
	it('survives a round trip through group and position', () => {
		const moved = moveClip(board(), 'b', 'isi', 0);
		expect(shape(columnsOf(groups, assetsOf(moved)))).toEqual(shape(moved));
		expect(placeOf(moved, 'b')).toMatchObject({ index: 0, column: { group: { id: 'isi' } } });
	});
});

describe('the place under the pointer', () => {
	const box = (left: number, top: number) => ({ left, right: left + 100, top, bottom: top + 100 });

	it('is found in a single column by height', () => {
		const column = [box(0, 0), box(0, 110), box(0, 220)];
		expect(insertAt(column, 50, 20)).toBe(0);
		expect(insertAt(column, 50, 80)).toBe(1);
		expect(insertAt(column, 50, 900)).toBe(3);
	});
	it('is found in rows by height and then from left to right', () => {
		const rows = [box(0, 0), box(110, 0), box(0, 110), box(110, 110)];
		expect(insertAt(rows, 130, 50)).toBe(1);
		expect(insertAt(rows, 20, 150)).toBe(2);
		expect(insertAt(rows, 300, 50)).toBe(2);
		expect(insertAt([], 5, 5)).toBe(0);
	});
});

describe('a drawn combination', () => {
	const first = () => 0;

	it('takes one clip from each group, in the order of the groups', () => {
		const settings = readSettings({ group_mixing: 'random' });
		expect(drawCombination(board(), settings, first).map((a) => a.id)).toEqual(['a', 'c']);
	});
	it('holds as many clips as a video may, each at most once', () => {
		const settings = readSettings({ clips_per_video: 3 });
		const drawn = drawCombination(board(), settings, () => 0.99).map((a) => a.id);
		expect(new Set(drawn).size).toBe(3);
	});
	it('keeps the order when orders are not mixed', () => {
		const settings = readSettings({ order_mixing: false });
		expect(drawCombination(board(), settings).map((a) => a.id)).toEqual(['a', 'b', 'c', 'x', 'y']);
	});
});

describe('settings', () => {
	it('fill what an older project did not know from the server’s defaults', () => {
		const settings = readSettings({ fps: 60 }, { fit: 'crop', fps: 24 });
		expect(settings).toMatchObject({ fps: 60, fit: 'crop', ratio: '9:16' });
	});
	it('find their price in the table, and nothing where there is none', () => {
		const prices = [{ id: 'fps_60', label: '', credits: 3, unit: 'video' }];
		expect(priceOf(prices, 'fps_60')).toBe(3);
		expect(priceOf(prices, 'resolution_8k')).toBe(0);
	});
	it('name a group the way the name pattern does', () => {
		expect(groupToken('Call to Action!')).toBe('{call-to-action}');
	});
	it('say how often a clip is used on average', () => {
		expect(clipUses(board(), readSettings({ group_mixing: 'random' }), 6)).toBe(4);
		expect(clipUses(board(), readSettings({ clips_per_video: 2 }), 10)).toBe(4);
		expect(clipUses([], readSettings({}), 10)).toBeNull();
	});
});
