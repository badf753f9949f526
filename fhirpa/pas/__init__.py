"""The PAS guide, per version: reading requests into um, writing responses from cases."""
