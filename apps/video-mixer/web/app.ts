import type { AppModule } from '$lib/apps/registry';
import { catalogue, mt } from './messages';

const app: AppModule = {
	id: 'video-mixer',
	catalogue,
	errors: () => mt().errors,
	routes: [
		{ path: /^$/, load: () => import('./pages/Projects.svelte') },
		{ path: /^([0-9a-f-]{36})$/, load: () => import('./pages/Project.svelte') }
	]
};
export default app;
