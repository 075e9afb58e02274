"""Common Cartridge 1.1: pages, quizzes and a bank of questions for learning platforms."""
