// Runs before the first paint, so that a dark room stays dark. The same rules live in src/lib/session/theme.svelte.ts.
(function () {
	var root = document.documentElement;
	var choice = 'system';
	try {
		choice = localStorage.getItem('lumiku.theme') || 'system';
		root.lang = localStorage.getItem('lumiku.locale') || root.lang;
	} catch {
		// A browser that blocks storage still gets the system's colours.
	}
	var dark = choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
	root.dataset.theme = dark ? 'dark' : 'light';
})();
