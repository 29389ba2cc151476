/* The browser knows where the person is; the server could only guess from the language. */

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const select = document.querySelector("form[data-guess] [name=timezone]");
const option = [...(select?.options ?? [])].find((each) => each.value === zone);
if (option) option.selected = true;
