"""Everything that imports Streamlit, so that a page is a short script."""
