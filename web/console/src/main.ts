/** Starts the page. */
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/shell.css";
import "./styles/intake.css";
import "./styles/search.css";
import "./styles/talk.css";
import "./styles/proof.css";
import { startApp } from "./app/app";
import { startLanguage } from "./i18n";

startLanguage();
const root = document.getElementById("app");
if (root) startApp(root);
