import "@fontsource-variable/figtree/wght.css";
import "$lib/design/tokens.css";
import "$lib/design/base.css";
import { router } from "$lib/router.svelte";
import { session } from "$lib/session.svelte";
import { appearance } from "$lib/theme.svelte";
import { mount } from "svelte";
import App from "./App.svelte";

appearance.start();
router.start();
void session.load();
mount(App, { target: document.getElementById("app") as HTMLElement });
