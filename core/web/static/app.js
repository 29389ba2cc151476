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
import "./js/bulk.js";
import "./js/times.js";
import "./js/copying.js";
import "./js/boards.js";
import "./js/calendars.js";
import "./js/columns.js";
import "./js/split.js";
import "./js/lookups.js";
import "./js/fields.js";
import "./js/files.js";
import "./js/lines.js";
import "./js/roll-ups.js";
import "./js/signatures.js";
import "./js/rules.js";
import "./js/options.js";
import "./js/designer.js";
import "./js/inputs.js";
import "./js/mentions.js";
import "./js/neighbours.js";
import "./js/navigation.js";
import "./js/panels.js";
import "./js/own-types.js";

document.documentElement.classList.add("gx-scripted");
