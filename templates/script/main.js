// Starts the page: the only file that does something when it is loaded.

// One line each: where views and object pages are registered.
Object.assign(VIEWS, tableViews(), explorerViews());
Object.assign(PAGES, objectPages());

document.documentElement.classList.add("scripted");
addOverview();
document.body.append(make("p", { id: "announcement", class: "unseen", role: "status" }));
document.querySelectorAll("[data-filter]").forEach(addFilter);
document.querySelectorAll("[data-fold]").forEach(addFold);
document.querySelectorAll("[data-copy]").forEach(addCopy);
document.addEventListener("click", openLinkedView);
document.addEventListener("click", closeMenus);
document.addEventListener("keydown", closeMenus);
document.addEventListener("keydown", searchByKey);
addEventListener("hashchange", route);
if (location.hash) route();
