"""The pages of documentation as readers meet them: their commands, programs and configurations, in order."""
