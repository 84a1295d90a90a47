/** One combination to look at before anything is made: drawn the way the settings say, played from the originals. */
import type { Asset } from '$lib/api/types';
import type { Column } from '../arrangement';
import type { MixerSettings } from '../settings';

type Random = () => number;

function pick<T>(list: T[], random: Random): T | undefined {
	return list[Math.floor(random() * list.length)];
}

function shuffled<T>(list: T[], random: Random): T[] {
	const copy = [...list];
	for (let i = copy.length - 1; i > 0; i -= 1) {
		const j = Math.floor(random() * (i + 1));
		[copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
	}
	return copy;
}

export function drawCombination(columns: Column[], settings: MixerSettings, random: Random = Math.random): Asset[] {
	if (settings.group_mixing !== 'off') {
		return columns.flatMap((column) => (column.group ? (pick(column.clips, random) ?? []) : []));
	}
	const clips = columns.flatMap((column) => column.clips);
	const order = settings.order_mixing ? shuffled(clips, random) : clips;
	return order.slice(0, settings.clips_per_video ?? clips.length);
}
