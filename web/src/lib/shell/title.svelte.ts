/** The name of the page in front; the shell adds the progress of running work before it. */
class PageTitle {
	text = $state('');
}
export const pageTitle = new PageTitle();
