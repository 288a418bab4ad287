// What the theme's pages lack for readers who use a screen reader or speech control, and its button
// for printing, which may have no handler in an attribute.
"use strict";

// A control's accessible name has to contain the words that it shows.
function nameByVisibleText() {
  for (const control of document.querySelectorAll(".search-button-field, details > summary")) {
    control.removeAttribute("aria-label");
  }
}

// The head of the side bar lies outside every landmark.
function markSidebarHead() {
  const head = document.querySelector(".sidebar-primary-items__start");
  if (head && !head.hasAttribute("role")) {
    head.setAttribute("role", "navigation");
    head.setAttribute("aria-label", "Site");
  }
}

// Entries of the bibliography carry a role that no longer exists.
function markReferences() {
  for (const entry of document.querySelectorAll(".citation")) entry.setAttribute("role", "listitem");
}

// One click in the menu prints the page.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

function mendPage() {
  nameByVisibleText();
  markSidebarHead();
  markReferences();
}

// The theme's own scripts set labels while the page loads, so mend it after them.
document.addEventListener("DOMContentLoaded", mendPage);
window.addEventListener("load", mendPage);
