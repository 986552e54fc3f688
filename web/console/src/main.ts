/** Starts the console. */
import "element-plus/dist/index.css";
import "./styles/tokens.css";
import "./styles/elements.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/shell.css";
import dayjs from "dayjs";
import { createPinia } from "pinia";
import { createApp } from "vue";
import App from "./app/App.vue";
import { router } from "./app/router";
import { startLanguage } from "./i18n";
import { startTheme } from "./ui/theme";

startTheme();
startLanguage();
// Weeks begin on Monday in both languages.
const english = dayjs.Ls["en"];
if (english) english.weekStart = 1;
// `npm run dev:mock`: the browser answers itself. No build for the server holds it.
if (import.meta.env.MODE === "mock") await import("./mock").then((mock) => mock.startMock());
createApp(App).use(createPinia()).use(router).mount("#app");
