/** Id of the place in the header, beside the account, where the view that is shown puts what belongs onto every screen of it. */
export const HEADER_TOOLS = 'header-tools';
