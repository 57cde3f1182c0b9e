CREATE TABLE employees (employee_id INTEGER PRIMARY KEY, first_name VARCHAR(20), last_name VARCHAR(25), email VARCHAR(25), phone_number VARCHAR(20), hire_date DATE, job_id VARCHAR(10), manager_id INTEGER, department_id INTEGER);
CREATE TABLE departments (department_id INTEGER PRIMARY KEY, department_name VARCHAR(30), manager_id INTEGER);
INSERT INTO employees VALUES
  (100, 'Mara', 'Lind', 'MLIND', '555.0100', '2013-06-17', 'AD_PRES', NULL, 90), (101, 'Jonas', 'Ek', 'JEK', '555.0101', '2015-09-21', 'AD_ASST', 100, 10),
  (103, 'Tove', 'Brandt', 'TBRANDT', NULL, '2016-01-03', 'MK_MAN', 100, 20), (104, 'Iris', 'Holm', 'IHOLM', '555.0104', '2017-05-21', 'IT_PROG', 100, 60),
  (105, 'Nils', 'Dahl', 'NDAHL', '555.0105', '2018-02-05', 'IT_PROG', 104, 60), (106, NULL, 'Solo', 'SOLO', '555.0106', '2019-02-07', 'IT_PROG', 104, 60);
INSERT INTO departments VALUES (10, 'Administration', 101), (20, 'Marketing', 103), (60, 'IT', 104), (90, 'Executive', 100);
