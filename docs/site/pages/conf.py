"""Sphinx's settings for the course's site; `make site` copies this beside the lessons."""

project = "Backprop Workbook"
html_title = project
author = copyright = "the Backprop Workbook contributors"
language = "en"
extensions = ["myst_nb"]
nb_execution_mode = "off"  # the lessons come with their figures
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
suppress_warnings = ["misc.highlighting_failure"]  # a cell may hold a magic
mathjax_path = "mathjax/tex-chtml-full.js"
html_theme = "sphinx_book_theme"
html_static_path = ["_static"]
html_css_files = ["course.css"]
html_favicon = "_static/favicon.svg"
html_sidebars = {"**": ["search-button-field.html", "sbt-sidebar-nav.html"]}
html_context = {"default_mode": "auto"}
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "use_download_button": False,
    "use_fullscreen_button": True,
    "show_toc_level": 2,
    "home_page_in_toc": True,
    "navbar_persistent": [],  # the side has the search
}
