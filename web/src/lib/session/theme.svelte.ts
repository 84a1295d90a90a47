/** Light, dark, or the system's choice, kept in the browser so that `static/theme.js` can apply it before paint. */
import type { Theme } from '$lib/api/types';

class ThemeChoice {
	#choice = $state<Theme>('system');

	get choice(): Theme {
		return this.#choice;
	}
	start(): void {
		try {
			const stored = localStorage.getItem('lumiku.theme');
			if (stored === 'light' || stored === 'dark') this.#choice = stored;
		} catch {
			// The system's choice stands.
		}
		matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#apply());
		this.#apply();
	}
	set(choice: Theme): void {
		this.#choice = choice;
		try {
			localStorage.setItem('lumiku.theme', choice);
		} catch {
			// The account remembers it.
		}
		this.#apply();
	}
	#apply(): void {
		const dark =
			this.#choice === 'dark' ||
			(this.#choice === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
		document.documentElement.dataset.theme = dark ? 'dark' : 'light';
		document
			.querySelector('meta[name="theme-color"]')
			?.setAttribute('content', dark ? '#101117' : '#fafafc');
	}
}
export const theme = new ThemeChoice();
