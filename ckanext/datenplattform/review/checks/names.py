"""Words: frequent first names in Germany, and words of things that are called after people. Pure."""

from __future__ import annotations

import re

# the most frequent first names of people living in Germany, all generations and large groups of origin; own selection
FIRST_NAMES = frozenset(
    """
    Achim Adam Adelheid Adrian Ahmed Aileen Aisha Albert Alexander Alexandra Alfred Ali Alina Amelie Amina Amir Ana Anastasia
    Andrea Andreas Andrzej Angela Angelika Anja Anke Ann Anna Anne Annegret Anneliese Annette Annika Anton Antonia Antonio Armin
    Arne Arno Arthur Artur August Axel Ayse Barbara Bastian Beate Ben Benjamin Bernd Bernhard Bert Bettina Birgit Björn Boris
    Brigitte Britta Bruno Burkhard Carina Carla Carlos Carmen Carola Carolin Carsten Cem Charlotte Christa Christel Christian
    Christiane Christina Christine Christoph Christopher Clara Claudia Claus Clemens Conrad Cornelia Daniel Daniela Dariusz David
    Dennis Detlef Diana Dieter Dietmar Dimitri Dirk Dominik Dora Doris Dorothea Eberhard Eckhard Edeltraud Edgar Edith Eduard
    Egon Ekaterina Elena Elfriede Elias Elif Elisabeth Elke Ella Elsa Else Emil Emilia Emily Emine Emma Emre Erhard Eric Erich Erik
    Erika Erna Ernst Erwin Esther Eugen Eva Evelyn Ewald Fabian Fatima Fatma Felix Ferdinand Finn Florian Frank Franz Franziska
    Frauke Frieda Friederike Friedhelm Friedrich Fritz Gabriel Gabriele Georg Gerald Gerd Gerda Gerhard Gerlinde Gertrud Gesine
    Gisela Gottfried Greta Gudrun Guido Günter Günther Gunnar Gustav Hanna Hannah Hannelore Hannes Hans Harald Hartmut Hasan Hassan
    Hatice Hedwig Heidemarie Heidi Heike Heiko Heiner Heinrich Heinz Helene Helga Helge Hella Helmut Hendrik Henning Henri Henriette
    Henrik Henry Herbert Hermann Herta Hilde Hildegard Holger Horst Hubert Hugo Hussein Ibrahim Ida Igor Ilona Ilse Ina Ines Inga
    Inge Ingeborg Ingo Ingrid Irene Irina Iris Irma Irmgard Isabel Isabell Isabella Ismail Ivan Jakob Jan Jana Janina Jannik Jasmin
    Jens Jessica Joachim Jochen Johann Johanna Johannes Jonas Jonathan Jörg Josef Josefine Joseph Juan Judith Julia Julian Juliane
    Jürgen Jutta Kai Karin Karl Karla Karolina Karsten Kaspar Katarzyna Katharina Kathrin Katja Katrin Kerstin Kevin Khaled Kim Klara
    Klaus Konrad Konstantin Kornelia Krzysztof Kurt Lara Larissa Lars Laura Laurin Lea Leah Lena Leni Lennard Leo Leon Leonard Leonie
    Liam Lieselotte Lilli Lina Linda Linus Lisa Lothar Lotte Louis Louisa Luca Lucas Lucia Ludger Ludwig Luis Luisa Lukas Lutz Lydia
    Magdalena Maik Maja Malte Mandy Manfred Manuel Manuela Marc Marcel Marco Marcus Margarete Margit Margot Maria Marianne Marie Marina
    Mario Marion Marius Mark Marko Markus Marlene Marlies Marta Martha Martin Martina Marvin Mathias Mathilda Mats Matthias Max
    Maximilian Mehmet Mehmed Meike Melanie Melina Meryem Mia Michael Michaela Michal Michel Mika Miriam Mohamed Mohammad Mohammed Mona
    Monika Moritz Murat Mustafa Nadine Nadja Natalia Natalie Natascha Nele Nico Nicolas Nicole Niklas Niko Nils Nina Noah Nora Norbert
    Nurten Olaf Ole Oleg Olga Oliver Omar Oskar Osman Oswald Otto Pascal Patricia Patrick Paul Paula Pauline Pedro Peter Petra Philipp
    Pia Piotr Rainer Ralf Ralph Ramona Raphael Rebecca Regina Reiner Reinhard Reinhold Renate René Ria Richard Rita Robert Robin Roland
    Rolf Roman Ronald Ronny Rosa Rosemarie Roswitha Rudi Rudolf Rüdiger Ruth Sabine Sabrina Sandra Sara Sarah Sascha Saskia Sebastian
    Selina Sergej Sibylle Siegfried Sigrid Silke Silvia Simon Simone Sina Sofia Sofie Sonja Sophia Sophie Stefan Stefanie Steffen
    Steffi Stephan Stephanie Susann Susanne Sven Svenja Swetlana Sylvia Tamara Tanja Tatjana Theo Theodor Theresa Therese Thomas Thorsten
    Till Tim Timo Tina Tobias Tom Tomasz Torben Torsten Traute Udo Ulf Uli Ulla Ulrich Ulrike Ursula Ute Uta Uwe Valentin Vanessa Vera
    Verena Veronika Viktor Viktoria Vincent Viola Volker Waltraud Walter Waltraut Wanda Werner Wiebke Wilfried Wilhelm Willi Willy
    Wladimir Wolf Wolfgang Wolfram Yannick Yasemin Yasmin Yusuf Yvonne Zeynep Zoe
    """.split()  # noqa: SIM905 - a list of so many strings is not read by anybody
)
# streets, schools, parks, firms and offices bear people's names
NOT_A_PERSON = re.compile(
    r"(?i)(?:str(?:a(?:ß|ss)e|\.)?|weg|platz|allee|ring|damm|ufer|gasse|steig|stieg|pfad|hof|park|brücke|garten|anlage|wald|see|teich|"
    r"schule|gymnasium|kolleg|kita|kindergarten|hort|krippe|heim|haus|halle|stift|stiftung|klinik|klinikum|krankenhaus|kirche|"
    r"gemeinde|dom|kapelle|friedhof|denkmal|museum|bibliothek|bücherei|theater|bad|stadion|sporthalle|zentrum|verein|werk|werke|"
    r"amt|markt|viertel|siedlung|tor|turm|station|haltestelle|bahnhof|apotheke|praxis|hotel|preis|universität|hochschule|akademie|"
    r"institut|berufsschule|gesamtschule|grundschule|realschule|oberschule|förderschule|treff|wohnstift|quartier|insel|eck|gut)\b"
    r"|\b(?:gmbh|ag|kg|ohg|gbr|e\.? ?v\.?|eg|mbh|st|sankt|und|co|frau und|frau im|frau in)\b"
)
