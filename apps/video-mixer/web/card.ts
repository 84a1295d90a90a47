import type { AppCard } from '$lib/apps/registry';
import { Shuffle } from '$lib/ui/icons';

const card: AppCard = {
	id: 'video-mixer',
	icon: Shuffle,
	summary: {
		id: 'Satukan pembuka, isi, dan ajakan menjadi puluhan video yang semuanya berbeda.',
		en: 'Join hooks, bodies and calls to action into dozens of videos, no two alike.'
	}
};
export default card;
