CREATE TABLE {schema}employees (email VARCHAR(25) PRIMARY KEY, full_name VARCHAR(60), salary NUMERIC(8, 2), commission_pct NUMERIC(4, 2), department_id VARCHAR(6), paid CHAR(1));
CREATE TABLE {schema}departments (department_id VARCHAR(6) PRIMARY KEY, department_name VARCHAR(30));
INSERT INTO {schema}employees VALUES ('mlind', 'Mara Lind', 24000, NULL, '90', 'Y'), ('jek', 'Jonas Ek', 4400, NULL, '10', 'Y'), ('tbrandt', 'Tove Brandt', 13000, 0.20, '20', 'N'), ('iholm', 'Erik Strange', 9000, NULL, '60', 'Y'), ('solo', 'Solo', 4800.5, NULL, '60', 'Y');
INSERT INTO {schema}departments VALUES ('10', 'Administration'), ('20', 'Marketing'), ('60', 'IT'), ('90', 'Executive');
