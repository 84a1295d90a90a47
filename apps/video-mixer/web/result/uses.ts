import type { Column } from '../arrangement';
import type { MixerSettings } from '../settings';

/** How often a clip appears in a run on average: places in all videos over clips that take part. */
export function clipUses(columns: Column[], settings: MixerSettings, count: number): number | null {
	const grouped = columns.filter((c) => c.group);
	const grouping = settings.group_mixing !== 'off';
	const clips = (grouping ? grouped : columns).reduce((sum, c) => sum + c.clips.length, 0);
	if (clips === 0) return null;
	const places = grouping ? grouped.length : Math.min(settings.clips_per_video ?? clips, clips);
	return (count * places) / clips;
}
