/* What the page can do beyond links and forms. Each module stands alone; without any of them the page still works. */

import "./js/busy.js";
import "./js/toasts.js";
import "./js/dialogs.js";
import "./js/menus.js";
import "./js/keyboard.js";
import "./js/search.js";
import "./js/forms.js";
import "./js/drafts.js";
import "./js/lists.js";
import "./js/times.js";
import "./js/copying.js";
import "./js/boards.js";
import "./js/lookups.js";
import "./js/fields.js";
import "./js/navigation.js";
import "./js/panels.js";

document.documentElement.classList.add("gx-scripted");
