/** Which clip lies in which group at which place: pure moves on the whole board, which is sent as one. */
import type { Arrangement, Asset, Group } from '$lib/api/types';

export interface Column {
	group: Group | null;
	clips: Asset[];
}

const byPosition = (a: { position: number }, b: { position: number }) => a.position - b.position;

/** The groups in their order, then what is in none of them. */
export function columnsOf(groups: Group[], assets: Asset[]): Column[] {
	const known = new Set(groups.map((g) => g.id));
	const sorted = [...assets].sort(byPosition);
	return [
		...[...groups].sort(byPosition).map((group) => ({
			group,
			clips: sorted.filter((a) => a.group_id === group.id)
		})),
		{ group: null, clips: sorted.filter((a) => !a.group_id || !known.has(a.group_id)) }
	];
}

/** Takes a clip out and puts it at `index` of the target, counted without the clip itself. */
export function moveClip(columns: Column[], clipId: string, groupId: string | null, index: number): Column[] {
	const clip = columns.flatMap((c) => c.clips).find((a) => a.id === clipId);
	if (!clip) return columns;
	return columns.map((column) => {
		const clips = column.clips.filter((a) => a.id !== clipId);
		if ((column.group?.id ?? null) === groupId) clips.splice(Math.min(index, clips.length), 0, clip);
		return { ...column, clips };
	});
}

/** The clips again, with group and position as the board says. */
export function assetsOf(columns: Column[]): Asset[] {
	return columns.flatMap(({ group, clips }) =>
		clips.map((clip, position) => ({ ...clip, group_id: group?.id ?? null, position }))
	);
}

export function arrangementOf(columns: Column[]): Arrangement {
	const ids = (column: Column) => column.clips.map((clip) => clip.id);
	return {
		groups: columns.flatMap((c) => (c.group ? [{ id: c.group.id, asset_ids: ids(c) }] : [])),
		ungrouped: columns.filter((c) => !c.group).flatMap(ids)
	};
}

export function placeOf(columns: Column[], clipId: string): { column: Column; index: number } | null {
	for (const column of columns) {
		const index = column.clips.findIndex((clip) => clip.id === clipId);
		if (index >= 0) return { column, index };
	}
	return null;
}
