class SynthesisConfig:
    def __init__(self, **options):
        self.__dict__.update(options)
